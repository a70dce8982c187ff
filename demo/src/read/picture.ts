/** Pixels row by row, four bytes each; what a canvas gives. */
export interface Picture {
  width: number;
  height: number;
  rgba: ArrayLike<number>;
}

/** A position, or a direction, in pixels; y grows downwards. */
export interface Vector {
  x: number;
  y: number;
}

/** A turned rectangle. */
export interface Box {
  centre: Vector;
  /** Unit vector along the text. */
  along: Vector;
  /** Along the text, and across it. */
  width: number;
  height: number;
}

/** Clockwise, from where the text begins. */
export function cornersOf({centre, along, width, height}: Box): [Vector, Vector, Vector, Vector] {
  const corner = (right: number, down: number): Vector => ({
    x: centre.x + (right * width * along.x - down * height * along.y) / 2,
    y: centre.y + (right * width * along.y + down * height * along.x) / 2,
  });
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
}

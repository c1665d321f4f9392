/*
 * What the pictures share: one ink, a few fills that stand out on light and on dark ground, and the shapes that
 * several tools need. Coordinates are in the 96 × 96 field of every picture.
 */

export const INK = '#334155';
/** For parts that stand alone and would sink into dark ground in ink. */
export const SLATE = '#64748b';
export const STEEL = '#b6c2d1';
export const PAPER = '#f1f5f9';
export const WOOD = '#d9a066';
export const ORANGE = '#ea7a3c';
export const TEAL = '#35a394';
export const LEAF = '#5cb176';
export const SUN = '#f6c453';

const round = (coordinate: number): number => Math.round(coordinate * 10) / 10;

/** Points of a saw's edge from one point to another; the teeth stand to the right of the way, as one walks it. */
export function teeth(fromX: number, fromY: number, toX: number, toY: number, count: number, depth: number): string {
  const [stepX, stepY] = [(toX - fromX) / count, (toY - fromY) / count];
  const stepLength = Math.hypot(stepX, stepY);
  const [outX, outY] = [(-stepY / stepLength) * depth, (stepX / stepLength) * depth];
  return Array.from({ length: count }, (_, index) => {
    const [startX, startY] = [fromX + stepX * index, fromY + stepY * index];
    return `L${round(startX + outX + stepX * 0.3)} ${round(startY + outY + stepY * 0.3)} L${round(startX + stepX)} ${round(startY + stepY)}`;
  }).join(' ');
}

/** The outline of a round saw blade. */
export function toothedDisc(centreX: number, centreY: number, radius: number, count: number, depth: number): string {
  const point = (turn: number, distance: number): string =>
    `${round(centreX + Math.cos(turn * 2 * Math.PI) * distance)} ${round(centreY + Math.sin(turn * 2 * Math.PI) * distance)}`;
  const outline = Array.from(
    { length: count },
    (_, index) => `L${point(index / count, radius)} L${point((index + 0.15) / count, radius + depth)}`,
  ).join(' ');
  return `M${outline.slice(1)} Z`;
}

/** A tube: a line with a fill and an outline on both sides. */
export const tube = (path: string, fill: string, width: number): string =>
  `<path d="${path}" fill="none" stroke="${INK}" stroke-width="${width + 5}"/><path d="${path}" fill="none" stroke="${fill}" stroke-width="${width}"/>`;

export const rectangle = (x: number, y: number, width: number, height: number, fill: string, radius = 2): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}"/>`;

export const circle = (centreX: number, centreY: number, radius: number, fill: string): string =>
  `<circle cx="${centreX}" cy="${centreY}" r="${radius}" fill="${fill}"/>`;

export const shape = (path: string, fill: string): string => `<path d="${path}" fill="${fill}"/>`;

export const line = (path: string, colour: string = INK, width = 2.5): string =>
  `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;

export const turned = (degrees: number, ...parts: readonly string[]): string =>
  `<g transform="rotate(${degrees} 48 48)">${parts.join('')}</g>`;

import { code128 } from './code-128.ts';

/** Modules left white at both ends, without which a scanner finds no beginning. */
const QUIET_MODULES = 10;
const HEIGHT_MM = 14;
const WIDTH_MM_MAX = 62;
/** Whole dots of a receipt printer (8 in a millimetre), so that no bar comes out wider than its neighbour. */
const MODULE_MM = [0.5, 0.375, 0.25, 0.125] as const;

/** A text as bars, as wide as the paper allows. */
export function Barcode({ text, label }: { text: string; label: string }) {
  const widths = code128(text);
  const modules = widths.reduce((sum, width) => sum + width, 2 * QUIET_MODULES);
  const moduleMm = MODULE_MM.find((millimetres) => modules * millimetres <= WIDTH_MM_MAX) ?? MODULE_MM[3];
  const bars: string[] = [];
  let x = QUIET_MODULES;
  widths.forEach((width, place) => {
    if (place % 2 === 0) bars.push(`M${x} 0h${width}v1h-${width}z`);
    x += width;
  });
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${modules} 1`}
      preserveAspectRatio="none"
      shapeRendering="crispEdges"
      style={{ width: `${modules * moduleMm}mm`, height: `${HEIGHT_MM}mm`, margin: '0 auto' }}
    >
      <path fill="#000" d={bars.join('')} />
    </svg>
  );
}

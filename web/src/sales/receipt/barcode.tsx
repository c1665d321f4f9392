import { code128 } from './code-128.ts';

/** Modules left white at both ends, without which a scanner finds no beginning. */
const QUIET_MODULES = 10;
const HEIGHT_MODULES = 40;

/** A text as bars, in whole modules so that they print sharp. */
export function Barcode({ text, label }: { text: string; label: string }) {
  const widths = code128(text);
  const bars: { readonly x: number; readonly width: number }[] = [];
  let x = QUIET_MODULES;
  widths.forEach((width, place) => {
    if (place % 2 === 0) bars.push({ x, width });
    x += width;
  });
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${x + QUIET_MODULES} ${HEIGHT_MODULES}`}
      preserveAspectRatio="none"
      shapeRendering="crispEdges"
      className="h-14 w-full"
    >
      <path fill="#000" d={bars.map((bar) => `M${bar.x} 0h${bar.width}v${HEIGHT_MODULES}h-${bar.width}z`).join('')} />
    </svg>
  );
}

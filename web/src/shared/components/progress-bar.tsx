/** `fraction` from 0 to 1, or null while it can't be said. */
export function ProgressBar(props: { label: string; fraction: number | null }) {
  const percent = props.fraction === null ? null : Math.round(Math.min(1, props.fraction) * 100);
  return (
    <div
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { 'aria-valuenow': percent })}
      className="h-2 overflow-hidden rounded-full bg-sunken"
    >
      <div
        className={`h-full rounded-full bg-brand transition-[width] duration-150 ${percent === null ? 'animate-pulse' : ''}`}
        style={{ width: `${percent ?? 100}%` }}
      />
    </div>
  );
}

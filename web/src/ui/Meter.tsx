/** How much of something limited is in use: a bar and its numbers. */

interface MeterProps {
  /** Undefined: only the limit is known. */
  used: number | undefined;
  of: number;
  shown: (count: number) => string;
  label: string;
}

export function Meter({ used, of, shown, label }: MeterProps) {
  if (used === undefined) return <>{shown(of)}</>;
  return (
    <div className="meter">
      <meter value={used} max={of} high={of * 0.9} optimum={0} aria-label={label} />
      <span>
        {shown(used)} <span className="quiet">/ {shown(of)}</span>
      </span>
    </div>
  );
}

/** A product's own picture; nothing but its frame where there is none. */
export function ProductPicture({ address, className = 'size-14' }: { address: string; className?: string }) {
  return (
    <img
      src={address.startsWith('/') ? address : `/${address}`}
      alt=""
      loading="lazy"
      decoding="async"
      className={`shrink-0 rounded-xl border border-line bg-sunken object-cover ${className}`}
    />
  );
}

import { useEffect, useState } from 'react';

/** The value once it has stood still for a moment: what is typed is not asked for letter by letter. */
export function useDebounced<Value>(value: Value, delayMs = 80): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

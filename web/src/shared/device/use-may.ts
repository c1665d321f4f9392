import { useQuery } from '@tanstack/react-query';
import type { RetailOperationName } from '../../../../src/device/api.ts';
import { requestJson } from '../http.ts';

/** Whether this device's user may do an operation; false until the device has said so. */
export function useMay(operation: RetailOperationName): boolean {
  const { data } = useQuery({
    queryKey: ['operations'],
    queryFn: () => requestJson<readonly { readonly name: string }[]>('/api/operations'),
  });
  return data?.some(({ name }) => name === operation) ?? false;
}

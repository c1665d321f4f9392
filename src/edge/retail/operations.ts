/** Every retail operation of a device: a new one is a file and a line here. */
import { mayWriteTo, type Permissions, type Role } from '../../domain/index.ts';
import { acknowledgeAlert } from './acknowledge-alert.ts';
import { adjust } from './adjust.ts';
import { cancelOrder } from './cancel-order.ts';
import { cancelTransfer } from './cancel-transfer.ts';
import { cancelWarehouseOrder } from './cancel-warehouse-order.ts';
import { completeOrder } from './complete-order.ts';
import { count } from './count.ts';
import { createCustomer } from './create-customer.ts';
import { editCustomer } from './edit-customer.ts';
import { move } from './move.ts';
import type { RetailOperation } from './operation.ts';
import { orderFromWarehouse } from './order-from-warehouse.ts';
import { receive } from './receive.ts';
import { receiveTransfer } from './receive-transfer.ts';
import { requestTransfer } from './request-transfer.ts';
import { resolveAlert } from './resolve-alert.ts';
import { returnGoods } from './return.ts';
import { sell } from './sell.ts';
import { sendTransfer } from './send-transfer.ts';

export const retailOperations = {
  acknowledge_alert: acknowledgeAlert,
  adjust,
  cancel_order: cancelOrder,
  cancel_transfer: cancelTransfer,
  complete_order: completeOrder,
  cancel_warehouse_order: cancelWarehouseOrder,
  count,
  create_customer: createCustomer,
  edit_customer: editCustomer,
  move,
  order_from_warehouse: orderFromWarehouse,
  receive,
  receive_transfer: receiveTransfer,
  request_transfer: requestTransfer,
  resolve_alert: resolveAlert,
  return: returnGoods,
  sell,
  send_transfer: sendTransfer,
} as const;

export type RetailOperations = typeof retailOperations;
export type RetailOperationName = keyof RetailOperations;

export const retailOperationNames = Object.keys(retailOperations) as RetailOperationName[];

/** As one of the table, whatever its types. */
export const retailOperation = (name: RetailOperationName): RetailOperation =>
  retailOperations[name] as unknown as RetailOperation;

/** What an app offers to a role. */
export const operationsOfRole = (permissions: Permissions, role: Role): RetailOperationName[] =>
  retailOperationNames.filter((name) =>
    retailOperations[name].writes.every((collection) => mayWriteTo(permissions, role, collection)),
  );

/** One gateway of the simulated company: its connections, and how far it has heard of MongoDB's changes. */
import type { Permissions } from '../domain/index.ts';
import { ScopeGroups } from '../gateway/index.ts';
import type { Position } from '../sync/index.ts';
import type { Link } from './link.ts';

export class SimulatedGateway {
  readonly gatewayId: string;
  readonly links = new Set<Link>();
  readonly permissions: Permissions;
  /** Devices that see the same are served together. */
  groups: ScopeGroups;
  clockSkewMs = 0;
  /** As far as its change stream has told; may lie behind MongoDB. */
  heard: Position;
  /** Since when its change stream hangs. */
  stalledSinceMs: number | null = null;
  /** Effects until it is killed; null while nothing threatens. */
  effectsUntilCrash: number | null = null;
  /** Operations that the database puts off. */
  operationsPutOff = 0;

  constructor(gatewayId: string, permissions: Permissions, heard: Position) {
    this.gatewayId = gatewayId;
    this.permissions = permissions;
    this.groups = new ScopeGroups(permissions);
    this.heard = heard;
  }

  /** A new process: nothing is left of the old one but what MongoDB has. */
  restart(now: Position): void {
    for (const link of this.links) {
      link.closeAtGateway();
      link.transaction = null;
    }
    this.links.clear();
    this.groups = new ScopeGroups(this.permissions);
    this.effectsUntilCrash = null;
    this.stalledSinceMs = null;
    this.heard = now;
  }
}

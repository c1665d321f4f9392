export type * from './api.ts';
export { readCompanyOverview } from './company.ts';
export { HeadquartersError, headquartersErrors } from './errors.ts';
export type { Fleet } from './fleet.ts';
export { Opening, type StepProgress } from './opening.ts';
export { type Headquarters, type HeadquartersOptions, startHeadquarters } from './server.ts';

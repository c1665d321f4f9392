export { type CompanyOverview, readCompanyOverview } from './company.ts';
export { HeadquartersError, headquartersErrors } from './errors.ts';
export { Opening, type OpeningState, type Step, type StepProgress, type StepState } from './opening.ts';
export {
  type DatabaseDescription,
  type Headquarters,
  type HeadquartersOptions,
  startHeadquarters,
  type ValidationSummary,
} from './server.ts';

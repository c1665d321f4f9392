import type { ValidationReport } from './report.ts';
export const reportHtml = (report: ValidationReport): string => `${report.score}`;

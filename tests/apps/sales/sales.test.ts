import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { CompanyBrowser } from '../../support/company-browser.ts';
import { describeScenarios } from './scenarios.ts';
import { describeScreens } from './screens.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

// One company for all of them: to start it takes longer than any test.
let company: CompanyBrowser;
beforeAll(async () => {
  company = await CompanyBrowser.start({ devices: 3 });
});
afterEach(async () => {
  await company.device('seattle-sales').heal();
  await company.closePages();
});
afterAll(() => company?.[Symbol.asyncDispose]());

describeScreens(() => company);
describeScenarios(() => company);

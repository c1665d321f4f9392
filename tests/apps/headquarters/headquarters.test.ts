import { afterAll, afterEach, beforeAll, describe, vi } from 'vitest';
import { CompanyBrowser } from '../../support/company-browser.ts';
import { describeEntrance } from './entrance.ts';
import { describePages } from './pages.ts';
import { describeScenarios } from './scenarios.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

// One company for all of them: to start it takes longer than any test.
let company: CompanyBrowser;
beforeAll(async () => {
  company = await CompanyBrowser.start();
});
afterEach(() => company.closePages());
afterAll(() => company?.[Symbol.asyncDispose]());

describe('the entrance', () => describeEntrance(() => company));
describe('the dashboard', () => describePages(() => company));
describe('scenarios', () => describeScenarios(() => company));

import type { McpServerName, Tool } from '../tool.ts';
import { runAggregation } from './aggregation.ts';
import { drawChart } from './chart-tool.ts';
import { getCollectionSchemas } from './collection-schemas.ts';
import { getCurrentUtcDate } from './current-date.ts';
import { libraryTools } from './library-tools.ts';
import { getProduct, getProductsByName, getStockByStore, semanticSearchProducts } from './product-tools.ts';

const tools: Record<McpServerName, readonly Tool[]> = {
  'customer-sales': [getProductsByName, semanticSearchProducts, getProduct, getStockByStore, getCurrentUtcDate],
  'sales-analysis': [getCollectionSchemas, runAggregation, ...libraryTools, drawChart, getCurrentUtcDate],
};

export const toolsOf = (server: McpServerName): readonly Tool[] => tools[server];

/** The only door of the room of MCP servers. */
export { auditLog } from './audit-log.ts';
export { McpError, mcpErrors } from './errors.ts';
export { createMcpServer } from './server.ts';
export type { AuditEntry, McpHost, McpServerName } from './tool.ts';
export { toolsOf } from './tools/tools-of.ts';

#!/usr/bin/env node
import { Command } from 'commander';
import { appsCommand } from './admin/apps.ts';
import { auditCommand } from './admin/audit.ts';
import { keysCommand } from './admin/keys.ts';
import { plansCommand } from './admin/plans.ts';
import { switchCommand } from './admin/switch.ts';
import { tokensCommand } from './admin/tokens.ts';
import { usageCommand } from './admin/usage.ts';
import { checkCommand } from './check.ts';
import { explainCommand } from './explain.ts';
import { initCommand } from './init.ts';
import { schemaCommand } from './schema.ts';
import { startCommand } from './start.ts';

const program = new Command('tributary')
  .description('One GraphQL call, every backend.')
  .addCommand(startCommand())
  .addCommand(initCommand())
  .addCommand(checkCommand())
  .addCommand(explainCommand())
  .addCommand(schemaCommand())
  .addCommand(appsCommand())
  .addCommand(keysCommand())
  .addCommand(plansCommand())
  .addCommand(tokensCommand())
  .addCommand(usageCommand())
  .addCommand(auditCommand())
  .addCommand(switchCommand());

await program.parseAsync().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  process.exitCode = 70; // sysexits.h: EX_SOFTWARE
});

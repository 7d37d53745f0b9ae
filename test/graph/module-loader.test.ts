import { describe, expect, it } from 'vitest';
import * as engineModule from '../../src/authoring.ts';
import { importFile, typescriptImporter } from '../../src/graph/module-loader.ts';
import { fixture } from './load.ts';

describe('a file that cannot be imported', () => {
  it('is a problem with what was thrown and where, without a stack or a path of this machine', async () => {
    const directory = fixture('check-project');
    const outcome = await importFile(
      directory,
      'datasources/broken.ts',
      typescriptImporter(directory, engineModule),
    );
    expect(outcome.problem?.place).toMatch(/^datasources\/broken\.ts:\d+:\d+$/);
    expect(outcome.problem?.message).toBe('The file cannot be imported: the disk is full.');
  });

  it('names what the package does not export as the author wrote it', async () => {
    const directory = fixture('small-project');
    const outcome = await importFile(directory, 'tributary.config.ts', typescriptImporter(directory, {}));
    expect(outcome.problem?.message).toBe('The file cannot be imported: defineConfig is not a function.');
    expect(JSON.stringify(outcome.problem)).not.toContain(directory);
  });

  it('is named together with the file that needs it', async () => {
    const directory = fixture('small-project');
    const outcome = await importFile(directory, 'resolvers/query.ts', typescriptImporter(directory, {}));
    expect(outcome.problem?.message).toMatch(
      /^`resolvers\/query\.ts` needs a file that cannot be imported: /,
    );
    expect(outcome.problem?.place).toMatch(/^datasources\/fleet\.ts:/);
  });

  it('may be one that does not exist', async () => {
    const directory = fixture('small-project');
    const outcome = await importFile(directory, 'resolvers/nope.ts', typescriptImporter(directory, {}));
    expect(outcome.problem?.place).toBe('resolvers/nope.ts');
    expect(JSON.stringify(outcome.problem)).not.toContain(directory);
  });
});

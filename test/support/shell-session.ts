import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A shell that stays open: what one block of commands sets, the next one has. */
export interface ShellSession {
  /** Runs the commands; resolves with all that they print. Rejects where one that is not the last of a pipe fails. */
  run(commands: string): Promise<string>;
  close(): void;
}

/** The commands that a page of the repository shows, block by block: its fences of the language `sh`. */
export function commandsOf(page: string): readonly string[] {
  const text = readFileSync(`${root}/${page}`, 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string);
}

export function openShell(variables: NodeJS.ProcessEnv): ShellSession {
  const shell = spawn('bash', ['--norc'], {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let printed = '';
  let look = (): void => {};
  let ended = (): void => {};
  shell.once('exit', () => ended());
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      look();
    });
  let blocks = 0;
  return {
    run(commands) {
      blocks += 1;
      const end = new RegExp(`\\[end of ${blocks}: (\\d+)\\]\\n$`);
      printed = '';
      shell.stdin.write(`{ set -o pipefail\n${commands}\n} </dev/null 2>&1; echo "[end of ${blocks}: $?]"\n`);
      return new Promise((resolve, reject) => {
        look = () => {
          const match = end.exec(printed);
          if (match === null) return;
          const output = printed.slice(0, match.index);
          if (match[1] === '0') resolve(output);
          else reject(new Error(`The commands ended with ${match[1]}:\n${commands}\n${output}`));
        };
        ended = () => reject(new Error(`The shell ended:\n${printed}`));
      });
    },
    close: () => void shell.kill(),
  };
}

import { spawnSync } from 'node:child_process';

/** Whether Python 3 is on this machine; without it the comparison with its `xmlrpc` library is skipped, visibly. */
export const pythonIsThere = spawnSync('python3', ['--version']).status === 0;
if (!pythonIsThere) console.log('skipped: comparison with Python (python3 is not on the path)');

const ECHO = `
import json, sys, xmlrpc.client as x
def dump_int(marshaller, value, write):
    tag = "int" if x.MININT <= value <= x.MAXINT else "i8"  # Python reads i8, but writes none
    write("<value><%s>%d</%s></value>" % (tag, value, tag))
x.Marshaller.dispatch[int] = dump_int
answers = []
for call in json.load(sys.stdin):
    params, method = x.loads(call, use_builtin_types=True)
    value = list(params)
    answers.append(x.dumps((value,), methodresponse=True, allow_none=True))
json.dump(answers, sys.stdout)
`;

/** Has Python read each call and answer its parameters, as an array: one response document for each. */
export function echoedByPython(calls: readonly string[]): string[] {
  return runPython(ECHO, JSON.stringify(calls)) as string[];
}

/** Runs a program that writes JSON. */
export function runPython(program: string, input = ''): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`Python failed: ${stderr.toString()}`);
  return JSON.parse(stdout.toString());
}

import { appendFile, chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../util/make-folder.ts';

/** A message to one person. Holds secrets: it goes to nobody else, and into no log. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail: whatever a company has for that is put behind these lines. */
export interface MailSender {
  /** Resolves when the message was taken over. */
  send(mail: Mail): Promise<void>;
}

/** Appends messages to a file that this user alone reads: for a start without a mail server. */
export function mailToFile(file: string): MailSender {
  return {
    async send({ to, subject, text }) {
      makeFolder(dirname(file));
      await appendFile(file, `To: ${to}\nSubject: ${subject}\n\n${text}\n\n`, { mode: 0o600 });
      await chmod(file, 0o600);
    },
  };
}

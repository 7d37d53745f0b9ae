import type { Problem } from '../../config/problems.ts';
import type { ProjectDraft } from '../draft.ts';

/** Looks at a project as far as it could be read, and tells all that breaks one rule. */
export type Rule = (draft: ProjectDraft) => readonly Problem[];

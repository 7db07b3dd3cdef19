import type { Answers } from "./answers.js";
import type { Plan } from "./plan.js";
import type { Project } from "./project.js";

export type { Answers, Plan, Project };

/** A client library. */
export type Client = NonNullable<Answers["client"]>;

/**
 * What a Redis Cloud database should have, with reasons, and what follows from it. An answer that is left out keeps its
 * default. What can't be had is a finding in the plan and no error.
 *
 * @throws {BadInput}
 */
export function recommend(answers?: Answers): Plan;

/**
 * The files of a project that connects with this client, the one to read first at the beginning.
 *
 * @throws {BadInput}
 */
export function render(client: Client, answers?: Answers): Project;

/** The JSON Schemas (draft 2020-12) that these types were made from. */
export const schema: Record<"answers" | "plan" | "project", object>;

/** Something that is no answer. */
export interface BadInput extends Error {
  name: "BadInput";
  /** The key of the answer, or `answers` where they could not be read at all. */
  where: string;
  found: string;
  expected: string;
  /** The nearest word that would have been taken. */
  nearest?: string;
}

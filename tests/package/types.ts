// What the types allow and what they refuse: compiled, never run.
import { type Answers, type BadInput, type Client, type Plan, type Project, recommend, render, schema } from "holdfast";

const answers: Answers = {
  plan: "pro",
  dataset: 2.5,
  regions: ["us-east-1"],
  existing: null,
  quiet_hours: [{ days: ["Tuesday", "Friday"], start_hour: 22, duration_in_hours: 8 }],
};
const plan: Plan = recommend(answers);
const client: Client = plan.answers.client;
const logged: boolean = plan.settings.persistence.value === "aof-every-1-second";
const wait: number | null = plan.connection.pool.wait_ms.value;
const files: Project = render(client, plan.answers);
const text: string | undefined = files[0]?.text;
for (const finding of plan.findings) recommend({ ...answers, ...finding.change });
const where = (bad: BadInput): string => bad.nearest ?? bad.where;
export const used = [logged, wait, text, where, schema.answers];

// @ts-expect-error: no such plan
recommend({ plan: "por" });
// @ts-expect-error: no such question
recommend({ password: "secret" });
// @ts-expect-error: a number
recommend({ deadline: "2000" });
// @ts-expect-error: no such client
render("redis-cobol");
// @ts-expect-error: no such value
plan.settings.persistence.value === "aof-every-second";
// @ts-expect-error: no such setting
plan.settings.speed;
// @ts-expect-error: no such schema
schema.evidence;

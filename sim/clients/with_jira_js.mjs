// Reads a simulated Jira with npm `jira.js`, whose schemas are made from the vendor's own description: whatever has a
// wrong shape throws. Compares what came with what the simulator says it holds.
import { createHash } from 'node:crypto';
import { createCloudClient } from 'jira.js';

const [base, email, token, heldUrl] = process.argv.slice(2);
let faults = 0;
const expect = (name, right, seen) => {
  console.log(`  ${right ? 'ok ' : 'NOT'} ${name}: ${seen}`);
  if (!right) faults += 1;
};
const refused = async (name, ask, status) => {
  try {
    await ask();
    expect(name, false, 'answered');
  } catch (error) {
    expect(name, (error.status ?? error.statusCode) === status, `${error.status ?? error.statusCode ?? error}`);
  }
};

const held = (await (await fetch(heldUrl)).text()).trim().split('\n').filter(Boolean).map(line => JSON.parse(line));
const client = createCloudClient({
  host: base,
  auth: { type: 'basic', email, apiToken: token },
  onSchemaMismatch: 'throw',
});

const info = await client.serverInfo.getServerInfo();
expect('serverInfo', info.deploymentType === 'Cloud', info.baseUrl);
const myself = await client.myself.getCurrentUser({});
expect('myself', Boolean(myself.accountId && myself.timeZone), `${myself.displayName}, ${myself.timeZone}`);
const fields = await client.issueFields.getFields();
expect('field', fields.some(field => field.id === 'summary'), `${fields.length} fields`);

const projects = [];
for (;;) {
  const page = await client.projects.searchProjects({ startAt: projects.length, maxResults: 3, expand: 'insight,lead' });
  projects.push(...page.values);
  if (page.isLast) break;
}
const keys = new Set(held.map(line => line.key.replace(/-\d+$/, '')));
expect('project/search, pages of 3', [...keys].every(key => projects.some(one => one.key === key)), `${projects.length} projects`);

const jql = 'created >= 0 ORDER BY updated ASC, key ASC';
expect('approximate-count', (await client.issueSearch.countIssues({ jql })).count === held.length, held.length);
const walk = async (wanted, maxResults) => {
  const issues = [];
  let nextPageToken;
  let pages = 0;
  do {
    const page = await client.issueSearch.searchAndReconsileIssuesUsingJqlPost({ jql, fields: wanted, maxResults, nextPageToken });
    issues.push(...page.issues);
    nextPageToken = page.nextPageToken ?? undefined;
    pages += 1;
    if (page.isLast !== (nextPageToken === undefined)) expect('isLast', false, `page ${pages}`);
  } while (nextPageToken);
  return { issues, pages };
};
const ids = await walk(undefined, 5000);
expect('search/jql, ids', new Set(ids.issues.map(one => one.id)).size === held.length, `${ids.issues.length} in ${ids.pages} pages`);
const all = await walk(['*all'], 100);
const seen = new Map(all.issues.map(one => [one.id, one]));
const wrong = held.filter(line => seen.get(line.id)?.key !== line.key || seen.get(line.id)?.fields.updated !== line.updated);
expect('search/jql, all fields', wrong.length === 0 && all.issues.length === held.length, `${all.issues.length} in ${all.pages} pages`);

// The bytes themselves: what the list of what is held has digests of.
const response = await fetch(`${base}/rest/api/3/search/jql`, {
  method: 'POST',
  headers: { Authorization: `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ jql, fields: ['*all'], maxResults: 1 }),
});
const bytes = (await response.text()).match(/^\{"issues":\[(.*)\](?:,"nextPageToken":"[^"]*")?,"isLast":(?:true|false)\}$/s)?.[1] ?? '';
const digest = createHash('sha256').update(bytes).digest('hex');
expect('the digest of a page', held.some(line => line.sha256 === digest), digest.slice(0, 16));

// Some real records have no comments.
const talkative = [...seen.values()].filter(one => one.fields.comment).sort((one, other) => other.fields.comment.total - one.fields.comment.total).slice(0, 20);
let comments = 0;
for (const issue of talkative) {
  const listed = [];
  for (;;) {
    const page = await client.issueComments.getComments({ issueIdOrKey: issue.key, startAt: listed.length, maxResults: 60, orderBy: 'created' });
    if (page.comments.length === 0) break;
    listed.push(...page.comments);
    if (listed.length >= page.total) break;
  }
  comments += listed.length;
  const first = issue.fields.comment.comments.map(one => one.id).join();
  if (!listed.map(one => one.id).join().startsWith(first)) expect(`comments of ${issue.key}`, false, listed.length);
}
expect('comments, pages of 60', comments > 0, `${comments} of ${talkative.length} issues`);

const sample = talkative.map(one => one.id);
const bulk = await client.issues.bulkFetchIssues({ issueIdsOrKeys: [...sample, '999999999999'], fields: ['*all'] });
expect('bulkfetch leaves out what is missing', bulk.issues.length === sample.length, `${bulk.issues.length} of ${sample.length + 1}`);

const histories = [];
let nextPageToken;
do {
  const page = await client.issues.getBulkChangelogs({ issueIdsOrKeys: sample, maxResults: 7, nextPageToken });
  histories.push(...page.issueChangeLogs.flatMap(one => one.changeHistories));
  nextPageToken = page.nextPageToken ?? undefined;
} while (nextPageToken);
let single = 0;
for (const id of sample) {
  let startAt = 0;
  for (;;) {
    const page = await client.issues.getChangeLogs({ issueIdOrKey: id, startAt, maxResults: 2 });
    single += page.values.length;
    startAt += page.values.length;
    if (page.isLast) break;
  }
}
expect('changelog, in bulk and one by one', histories.length === single, `${histories.length} and ${single}`);

await refused('unbounded search is refused', () => client.issueSearch.searchAndReconsileIssuesUsingJqlPost({ jql: 'ORDER BY created' }), 400);
await refused('a missing issue', () => client.issues.getIssue({ issueIdOrKey: 'NOPE-1' }), 404);
process.exit(faults ? 1 : 0);

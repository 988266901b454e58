// Reads a simulated Notion with the vendor's own npm `@notionhq/client`, in two versions of the API, and compares what
// came with what the simulator says it holds.
import { APIErrorCode, Client, LogLevel, collectPaginatedAPI, isFullBlock, isFullDataSource, isFullPage } from '@notionhq/client';

const [base, token, heldUrl] = process.argv.slice(2);
let faults = 0;
const expect = (name, right, seen) => {
  console.log(`  ${right ? 'ok ' : 'NOT'} ${name}: ${seen}`);
  if (!right) faults += 1;
};
const refused = async (name, ask, code) => {
  try {
    await ask();
    expect(name, false, 'answered');
  } catch (error) {
    expect(name, error.code === code && Boolean(error.body), error.code ?? error);
  }
};

const held = new Map((await (await fetch(heldUrl)).text()).trim().split('\n').filter(Boolean).map(line => JSON.parse(line)).map(line => [line.id, line]));

for (const notionVersion of ['2026-03-11', '2025-09-03']) {
  console.log(`  -- ${notionVersion}`);
  const notion = new Client({ auth: token, baseUrl: base, notionVersion, retry: false, logLevel: LogLevel.ERROR });
  const me = await notion.users.me({});
  expect('users/me', me.type === 'bot', me.name);
  const users = await collectPaginatedAPI(notion.users.list, { page_size: 7 });
  expect('users, pages of 7', users.some(user => user.type === 'bot'), `${users.length} users`);

  const searched = value => collectPaginatedAPI(notion.search, {
    filter: { property: 'object', value },
    sort: { timestamp: 'last_edited_time', direction: 'descending' },
    page_size: 40,
  });
  const pages = await searched('page');
  const sources = await searched('data_source');
  const found = [...pages, ...sources];
  const times = found.every(one => held.get(one.id)?.last_edited_time === one.last_edited_time);
  expect('search finds what is held', found.length === held.size && times, `${pages.length} pages, ${sources.length} data sources`);
  expect('whole objects', pages.every(isFullPage) && sources.every(isFullDataSource), found.length);
  const order = pages.every((page, place) => place === 0 || pages[place - 1].last_edited_time >= page.last_edited_time);
  expect('newest first', order, pages[0]?.last_edited_time);

  // Real records of other vendors come without any pages.
  if (pages.length === 0) continue;
  const kinds = new Map();
  const below = async block_id => {
    for (const block of await collectPaginatedAPI(notion.blocks.children.list, { block_id, page_size: 30 })) {
      if (!isFullBlock(block)) expect('whole blocks', false, block.id);
      kinds.set(block.type, (kinds.get(block.type) ?? 0) + 1);
      const enters = block.has_children && !['child_page', 'child_database'].includes(block.type);
      if (enters && !block.synced_block?.synced_from) await below(block.id);
    }
  };
  const some = pages.map(page => page.id).sort().filter((_, place) => place % Math.max(1, Math.floor(pages.length / 10)) === 0);
  for (const id of some) await below(id);
  const blocks = [...kinds.values()].reduce((sum, count) => sum + count, 0);
  expect('blocks of pages', blocks > some.length && kinds.has('paragraph'), `${blocks} of ${kinds.size} kinds on ${some.length} pages`);

  let rows = 0;
  let between = 0;
  const [from, to] = [pages[Math.floor(pages.length * 0.6)], pages[Math.floor(pages.length * 0.2)]].map(page => page.last_edited_time);
  const filter = {
    and: [
      { timestamp: 'last_edited_time', last_edited_time: { on_or_after: from } },
      { timestamp: 'last_edited_time', last_edited_time: { before: to } },
    ],
  };
  for (const { id: data_source_id } of sources) {
    rows += (await collectPaginatedAPI(notion.dataSources.query, { data_source_id, page_size: 30 })).length;
    between += (await collectPaginatedAPI(notion.dataSources.query, { data_source_id, filter, page_size: 30 })).length;
  }
  const isRow = page => page.parent.type === 'data_source_id';
  const expected = pages.filter(page => isRow(page) && page.last_edited_time >= from && page.last_edited_time < to).length;
  expect('rows of data sources', rows === pages.filter(isRow).length, `${rows} rows`);
  expect('rows of a window', between === expected, `${between} rows`);

  const page_id = some[0];
  const markdown = await notion.pages.retrieveMarkdown({ page_id });
  expect('markdown of a page', markdown.id === page_id && !markdown.truncated, `${markdown.markdown.length} letters`);
  const comments = await notion.comments.list({ block_id: page_id });
  expect('comments', comments.type === 'comment', `${comments.results.length} on a page`);

  await refused('a page that is not there', () => notion.pages.retrieve({ page_id: '00000000-0000-4000-8000-00000000dead' }), APIErrorCode.ObjectNotFound);
  await refused('pages of 500', () => notion.users.list({ page_size: 500 }), APIErrorCode.ValidationError);
  const stranger = new Client({ auth: 'wrong', baseUrl: base, notionVersion, retry: false, logLevel: LogLevel.ERROR });
  await refused('strangers', () => stranger.users.me({}), APIErrorCode.Unauthorized);
}
process.exit(faults ? 1 : 0);

//! Edits of what is written: pages, blocks, comments. Each writes down what the company had only told until then.

use serde_json::{Value, json};

use super::super::ask::written;
use super::super::id;
use super::super::page::{Node, Page, Parent, around, plain, title, walk};
use super::super::space::Space;
use super::{Add, Create, Edit, Say};

impl Space {
    /// An id that nothing had before.
    pub(super) fn mint(&mut self) -> String {
        self.minted += 1;
        id::other(0, 7, self.minted)
    }

    /// Who edits: the first of the people.
    pub(super) fn editor(&self) -> String {
        self.users.first().and_then(|user| user["id"].as_str()).unwrap_or_default().to_owned()
    }

    /// A page, written down, to be changed.
    pub(super) fn rewritable(&mut self, page: &str) -> Result<&mut Page, String> {
        let missing = || format!("there is no page {page}");
        let known = self.pages.get(page).ok_or_else(missing)?;
        let (json, body) = (self.page_json(known), self.body(known));
        // Blocks of the company are found by their ids as long as they stand where they were told.
        for node in &body.nodes {
            self.dwell(node, page);
        }
        let known = self.pages.get_mut(page).ok_or_else(missing)?;
        known.json.get_or_insert(json);
        known.body.get_or_insert(body);
        Ok(known)
    }

    /// Notes on which page a block stands, and those below it.
    pub(super) fn dwell(&mut self, node: &Node, page: &str) {
        if !node.is_record() {
            self.homes.insert(node.id.clone(), page.to_owned());
        }
        for node in &node.below {
            self.dwell(node, page);
        }
    }

    pub(super) fn edit(&mut self, edit: Edit, now: i64) -> Result<String, String> {
        let (id, by) = (id::canonical(&edit.id), self.editor());
        if let Some(text) = &edit.text {
            self.rewrite(&id, text, now)?;
        }
        let page = self.rewritable(&id)?;
        if let Some(title) = edit.title {
            page.rename(&title);
        }
        for (name, value) in edit.properties {
            let properties = page.json.as_mut().and_then(|json| json["properties"].as_object_mut());
            let property = properties.and_then(|all| all.get_mut(&name));
            let property = property.ok_or_else(|| format!("the page has no property `{name}`"))?;
            let kind = property["type"].as_str().unwrap_or_default().to_owned();
            property[kind] = value;
        }
        page.facts.title = page.json.as_ref().map(title).unwrap_or_default();
        page.touch(now, &by);
        Ok(id)
    }

    /// Other words in the first paragraph; a page without one gets one.
    fn rewrite(&mut self, id: &str, text: &str, now: i64) -> Result<(), String> {
        let page = self.rewritable(id)?;
        let mut first = None;
        walk(&page.body_mut().nodes, &mut |node| {
            if node.kind() == "paragraph" && first.is_none() {
                first = Some(node.id.clone());
            }
        });
        if let Some(block) = first {
            self.edit_block(&block, text, now)?;
        } else {
            let (parent, text) = (id.to_owned(), text.to_owned());
            self.add_block(Add { parent, text, kind: None, content: None }, now)?;
        }
        Ok(())
    }

    /// A block as it is when it is new.
    pub(super) fn fresh(&mut self, parent: &Parent, kind: &str, content: Value, now: i64) -> Node {
        let (id, by) = (self.mint(), json!({"object": "user", "id": self.editor()}));
        let mut json = json!({
            "object": "block", "id": id, "parent": parent.json(None), "created_time": written(now),
            "last_edited_time": written(now), "created_by": by, "last_edited_by": by, "has_children": false,
            "in_trash": false, "type": kind,
        });
        json[kind] = content;
        Node { id, json, below: Vec::new() }
    }

    pub(super) fn add_block(&mut self, add: Add, now: i64) -> Result<String, String> {
        let parent = id::canonical(&add.parent);
        let kind = add.kind.unwrap_or_else(|| "paragraph".to_owned());
        let content =
            add.content.unwrap_or_else(|| json!({"rich_text": plain(&add.text), "color": "default"}));
        let stands =
            if self.pages.contains_key(&parent) { Parent::Page(parent) } else { Parent::Block(parent) };
        let node = self.fresh(&stands, &kind, content, now);
        let id = node.id.clone();
        self.put_below(&stands, node, now)?;
        Ok(id)
    }

    /// Puts a block at the end of a page or of a block.
    pub(super) fn put_below(&mut self, parent: &Parent, node: Node, now: i64) -> Result<(), String> {
        let by = self.editor();
        match parent {
            Parent::Page(id) => {
                self.dwell(&node, id);
                let page = self.rewritable(id)?;
                page.body_mut().nodes.push(node);
                page.touch(now, &by);
            }
            Parent::Block(id) => {
                let home = self.home(id).map(|page| page.id.clone());
                let home = home.ok_or_else(|| format!("there is no page or block {id}"))?;
                self.dwell(&node, &home);
                let page = self.rewritable(&home)?;
                let (list, place) = around(&mut page.body_mut().nodes, id).ok_or("the block is gone")?;
                list[place].below.push(node);
                list[place].json["has_children"] = json!(true);
                list[place].touch(now, &by);
                page.touch(now, &by);
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn edit_block(&mut self, id: &str, text: &str, now: i64) -> Result<String, String> {
        let by = self.editor();
        let page = self.page_of_block(id)?;
        let (list, place) = around(&mut page.body_mut().nodes, id).ok_or("the block is gone")?;
        let kind = list[place].kind().to_owned();
        if list[place].json[&kind]["rich_text"].is_null() {
            return Err(format!("a {kind} has no words"));
        }
        list[place].json[&kind]["rich_text"] = plain(text);
        list[place].touch(now, &by);
        page.touch(now, &by);
        Ok(id.to_owned())
    }

    pub(super) fn delete_block(&mut self, id: &str, now: i64) -> Result<String, String> {
        let by = self.editor();
        let page = self.page_of_block(id)?;
        page.take(id).ok_or("the block is gone")?;
        page.touch(now, &by);
        self.homes.remove(id);
        Ok(id.to_owned())
    }

    fn page_of_block(&mut self, id: &str) -> Result<&mut Page, String> {
        let home = self.home(id).map(|page| page.id.clone());
        self.rewritable(&home.ok_or_else(|| format!("there is no block {id}"))?)
    }

    /// What is said about a page does not count as an edit of it.
    pub(super) fn say(&mut self, say: &Say, now: i64) -> Result<String, String> {
        let on = id::canonical(&say.on);
        let parent = if self.pages.contains_key(&on) { Parent::Page(on) } else { Parent::Block(on) };
        let by = match &say.by {
            None => self.users.first(),
            Some(name) => self.users.iter().find(|user| user["name"] == name.as_str()),
        };
        let by = by.ok_or_else(|| format!("nobody is called {:?}", say.by))?;
        let (user, name) = (json!({"object": "user", "id": by["id"]}), by["name"].clone());
        let (id, discussion) = (self.mint(), self.mint());
        let comment = json!({
            "object": "comment", "id": id, "parent": parent.json(None), "discussion_id": discussion,
            "created_time": written(now), "last_edited_time": written(now), "created_by": user,
            "rich_text": plain(&say.text), "display_name": {"type": "user", "resolved_name": name},
        });
        let page = match &parent {
            Parent::Page(page) => self.rewritable(page)?,
            Parent::Block(block) => self.page_of_block(block)?,
            _ => return Err("nobody can say anything there".to_owned()),
        };
        page.body_mut().comments.push(comment);
        Ok(id)
    }

    /// What is resolved is told to nobody any more.
    pub(super) fn resolve(&mut self, id: &str) -> Result<String, String> {
        let said = self
            .pages
            .values()
            .find(|page| self.body(page).comments.iter().any(|comment| comment["id"] == id));
        let page = said.map(|page| page.id.clone()).ok_or_else(|| format!("there is no comment {id}"))?;
        self.rewritable(&page)?.body_mut().comments.retain(|comment| comment["id"] != id);
        Ok(id.to_owned())
    }

    pub(super) fn rename(&mut self, id: &str, title: &str, now: i64) -> Result<String, String> {
        let source = self.sources.get_mut(id).ok_or_else(|| format!("there is no data source {id}"))?;
        title.clone_into(&mut source.title);
        source.edited = now;
        source.json["title"] = plain(title);
        source.json["last_edited_time"] = json!(written(now));
        Ok(id.to_owned())
    }

    pub(super) fn create(&mut self, create: &Create, now: i64) -> Result<String, String> {
        let (id, by) = (self.mint(), json!({"object": "user", "id": self.editor()}));
        let parent = self.place_called(create.parent.as_deref())?;
        let edited = create.last_edited_time.map_or(now, |moment| moment.timestamp_millis());
        let created = create.created_time.map_or(edited, |moment| moment.timestamp_millis());
        let database = match &parent {
            Parent::Source(id) => self.sources.get(id).map(|source| source.database.clone()),
            _ => None,
        };
        let mut properties = match &parent {
            Parent::Source(id) => self.empty_row(id),
            _ => json!({"title": {"id": "title", "type": "title"}}),
        };
        for property in properties.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
            if property["type"] == "title" {
                property["title"] = plain(&create.title);
            }
        }
        let mut page = Page::read(json!({
            "object": "page", "id": id, "created_time": written(created), "last_edited_time": written(edited),
            "created_by": by, "last_edited_by": by, "cover": null, "icon": null,
            "parent": parent.json(database.as_deref()), "in_trash": false, "is_archived": false,
            "is_locked": false, "properties": properties,
            "url": format!("https://app.notion.com/p/{}", id.replace('-', "")), "public_url": null,
        }))?;
        let lines: Vec<&str> = create.text.lines().filter(|line| !line.trim().is_empty()).collect();
        for line in lines {
            let content = json!({"rich_text": plain(line), "color": "default"});
            let node = self.fresh(&Parent::Page(id.clone()), "paragraph", content, edited);
            self.dwell(&node, &id);
            page.body_mut().nodes.push(node);
        }
        self.pages.insert(id.clone(), page);
        self.stand(&id, &parent, now)?;
        Ok(id)
    }

    /// A row in which nothing is filled in.
    fn empty_row(&self, source: &str) -> Value {
        let schema =
            self.sources.get(source).and_then(|source| source.json["properties"].as_object().cloned());
        let row = schema.into_iter().flatten().map(|(name, column)| {
            let kind = column["type"].as_str().unwrap_or_default().to_owned();
            let mut property = json!({"id": column["id"], "type": kind});
            property[&kind] = match kind.as_str() {
                "title" | "rich_text" | "people" | "relation" | "multi_select" | "files" => json!([]),
                "checkbox" => json!(false),
                _ => Value::Null,
            };
            (name, property)
        });
        Value::Object(row.collect())
    }
}

//! Edits of where pages stand, and of who may see that they are there.

use serde_json::json;

use super::super::ask::written;
use super::super::id;
use super::super::page::Parent;
use super::super::space::Space;

impl Space {
    /// The workspace, a page, a block or a data source by its id.
    pub(super) fn place_called(&self, id: Option<&str>) -> Result<Parent, String> {
        let Some(id) = id.filter(|id| *id != "workspace").map(id::canonical) else {
            return Ok(Parent::Workspace);
        };
        if self.pages.contains_key(&id) {
            Ok(Parent::Page(id))
        } else if self.sources.contains_key(&id) {
            Ok(Parent::Source(id))
        } else if self.home(&id).is_some() {
            Ok(Parent::Block(id))
        } else {
            Err(format!("there is no page, data source or block {id}"))
        }
    }

    /// The page on which something stands, if it stands on one.
    fn page_below(&self, parent: &Parent) -> Option<String> {
        match parent {
            Parent::Page(id) => self.pages.contains_key(id).then(|| id.clone()),
            Parent::Block(id) => self.home(id).map(|page| page.id.clone()),
            _ => None,
        }
    }

    /// A page that comes to stand on another is a block there, and so an edit of it.
    pub(super) fn stand(&mut self, id: &str, parent: &Parent, now: i64) -> Result<(), String> {
        if !matches!(parent, Parent::Page(_) | Parent::Block(_)) {
            return Ok(());
        }
        let title = self.pages.get(id).map(|page| page.facts.title.clone()).unwrap_or_default();
        let mut node = self.fresh(parent, "child_page", json!({ "title": title }), now);
        id.clone_into(&mut node.id);
        node.json["id"] = json!(id);
        node.json["has_children"] = json!(true);
        self.put_below(parent, node, now)
    }

    /// And one that leaves is an edit too.
    fn leave(&mut self, id: &str, now: i64) -> Result<(), String> {
        let parent = self.pages.get(id).map(|page| page.facts.parent.clone());
        let Some(above) = parent.and_then(|parent| self.page_below(&parent)) else { return Ok(()) };
        let by = self.editor();
        let above = self.rewritable(&above)?;
        if above.take(id).is_some() {
            above.touch(now, &by);
        }
        Ok(())
    }

    pub(super) fn move_page(&mut self, id: &str, to: &str, now: i64) -> Result<String, String> {
        let to = self.place_called(Some(to))?;
        if self.page_below(&to).is_some_and(|page| page == id) {
            return Err("a page cannot stand on itself".to_owned());
        }
        self.rewritable(id)?;
        self.leave(id, now)?;
        let database = match &to {
            Parent::Source(id) => self.sources.get(id).map(|source| source.database.clone()),
            _ => None,
        };
        let by = self.editor();
        let page = self.rewritable(id)?;
        page.facts.parent = to.clone();
        page.write("parent", to.json(database.as_deref()));
        page.touch(now, &by);
        self.stand(id, &to, now)?;
        Ok(id.to_owned())
    }

    pub(super) fn archive(&mut self, id: &str, now: i64) -> Result<String, String> {
        let by = self.editor();
        let page = self.rewritable(id)?;
        page.write("is_archived", json!(true));
        page.touch(now, &by);
        Ok(id.to_owned())
    }

    /// Into the trash or out of it. The page on which it stood shows it no more, and was edited by that.
    pub(super) fn throw(&mut self, id: &str, away: bool, now: i64) -> Result<String, String> {
        let by = self.editor();
        let page = self.rewritable(id)?;
        page.facts.in_trash = away;
        page.write("in_trash", json!(away));
        page.touch(now, &by);
        let parent = page.facts.parent.clone();
        if let Some(above) = self.page_below(&parent) {
            self.rewritable(&above)?.touch(now, &by);
        }
        Ok(id.to_owned())
    }

    /// For ever, with all that stands on it.
    pub(super) fn purge(&mut self, id: &str, now: i64) -> Result<String, String> {
        if !self.pages.contains_key(id) {
            return Err(format!("there is no page {id}"));
        }
        self.leave(id, now)?;
        let gone: Vec<String> =
            self.pages.values().filter(|page| self.stands_on(page, id)).map(|page| page.id.clone()).collect();
        let databases: Vec<String> = self.databases_on(id).into_iter().map(str::to_owned).collect();
        for page in gone {
            self.pages.remove(&page);
        }
        for database in databases {
            self.databases.remove(&database);
            self.sources.retain(|_, source| source.database != database);
        }
        Ok(id.to_owned())
    }

    /// Nothing is edited by it: all that changes is who sees it.
    pub(super) fn share(&mut self, id: &str, shared: bool) -> Result<String, String> {
        let page = self.pages.get_mut(id).ok_or_else(|| format!("there is no page {id}"))?;
        page.unshared = !shared;
        Ok(id.to_owned())
    }
}

impl super::super::page::Page {
    /// Moves the time of the last edit, wherever it is told.
    pub(super) fn touch(&mut self, now: i64, by: &str) {
        self.facts.edited = now;
        self.write("last_edited_time", json!(written(now)));
        self.write("last_edited_by", json!({"object": "user", "id": by}));
        let properties = self.json.as_mut().and_then(|json| json["properties"].as_object_mut());
        for property in properties.into_iter().flat_map(serde_json::Map::values_mut) {
            if property["type"] == "last_edited_time" {
                property["last_edited_time"] = json!(written(now));
            } else if property["type"] == "last_edited_by" {
                property["last_edited_by"] = json!({"object": "user", "id": by});
            }
        }
    }
}

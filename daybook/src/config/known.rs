//! Every setting that Daybook knows: its name, its default and what it is for.

/// A setting that Daybook knows.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its name, in the environment and in the file.
    pub name: &'static str,
    /// Whether it must not be printed. A secret can also come from a file named by `NAME_FILE`.
    pub secret: bool,
    /// What holds when nobody says; empty: nothing.
    pub default: &'static str,
    /// What it is for.
    pub about: &'static str,
}

const fn plain(name: &'static str, default: &'static str, about: &'static str) -> Known {
    Known { name, secret: false, default, about }
}

const fn secret(name: &'static str, about: &'static str) -> Known {
    Known { name, secret: true, default: "", about }
}

/// Every setting, in the order in which `daybook config` shows them.
pub const KNOWN: &[Known] = &[
    plain("DAYBOOK_ENV", "development", "development or production"),
    plain(
        "DAYBOOK_DATA_DIR",
        "",
        "folder of the database, the search index and the models; default: daybook in the user's data folder",
    ),
    plain("DATABASE_URL", "", "sqlite:PATH; default: daybook.db in the data folder"),
    plain("DAYBOOK_HOST", "127.0.0.1", "address to listen on"),
    plain("PORT", "4000", "port to listen on"),
    plain(
        "DAYBOOK_VISITORS",
        "nobody",
        "who reads without an admin key: nobody, or members (whoever reaches the port reads as a member)",
    ),
    secret("ADMIN_API_KEY", "the key that X-Admin-Key must carry; at least 16 characters in production"),
    plain("JIRA_URL", "", "the site people use, https://SITE.atlassian.net; without it Jira is off"),
    plain("JIRA_API_URL", "", "where requests go, if not to JIRA_URL (a gateway, a simulator)"),
    plain("JIRA_CLOUD_ID", "", "id of the site at the gateway, for scoped tokens and service accounts"),
    plain(
        "JIRA_USERNAME",
        "",
        "mail address of the token's owner; without it the token is sent as a bearer token",
    ),
    secret("JIRA_API_TOKEN", "the token"),
    plain(
        "JIRA_PACE",
        "20/second",
        "how fast Jira is asked at most, by all processes together: 20/second, 600/minute, off",
    ),
    plain(
        "JIRA_HISTORY",
        "on",
        "on: the history of fields is read too, one request for a thousand issues; or off",
    ),
    plain("JIRA_SYNC", "15m", "how often changes are read: 15m, 2h, 1d, a time of day like 02:30, or off"),
    secret("NOTION_API_KEY", "the integration's token; without it Notion is off"),
    plain("NOTION_API_URL", "https://api.notion.com", "where requests go (a gateway, a simulator)"),
    plain(
        "NOTION_PACE",
        "180/minute",
        "how fast Notion is asked at most; Business and Enterprise plans allow 600/minute",
    ),
    plain("NOTION_SYNC", "30m", "how often changes are read"),
    plain(
        "NOTION_INLINE_COMMENTS",
        "off",
        "on: comments on single blocks are read too, one request for each block",
    ),
    secret("TEMPO_API_TOKEN", "the token; without it Tempo is off"),
    plain(
        "TEMPO_API_URL",
        "https://api.tempo.io",
        "where requests go: the region's host, a gateway, a simulator",
    ),
    plain("TEMPO_PACE", "3/second", "how fast Tempo is asked at most"),
    plain("TEMPO_SYNC", "15m", "how often changes are read"),
    plain(
        "TEMPO_HOURS_SHOWN",
        "authors",
        "who sees whose hours: authors (each their own, and administrators all), or members (whoever may see the issue)",
    ),
    secret("FIREFLIES_API_KEY", "the key; without it Fireflies is off"),
    plain(
        "FIREFLIES_API_URL",
        "https://api.fireflies.ai/graphql",
        "where requests go (a gateway, a simulator)",
    ),
    plain(
        "FIREFLIES_PACE",
        "60/minute",
        "how fast Fireflies is asked at most: 60/minute on Business plans, `60/minute,500/day` on Pro, `60/minute,50/day` on Free",
    ),
    plain("FIREFLIES_SYNC", "15m", "how often changes are read"),
    plain(
        "FIREFLIES_TEAM",
        "team",
        "who is meant by a meeting's `teammates`: team (an audience of its own), or members (every member of this Daybook)",
    ),
    plain(
        "DAYBOOK_CENSUS",
        "02:30",
        "when all that a source lists is compared with all that is held: a time of day, 1d, 6h, or off",
    ),
    plain("DAYBOOK_TIME_ZONE", "UTC", "the zone of times of day, Europe/Stockholm"),
    plain("DAYBOOK_EMBEDDINGS", "local", "local (needs `daybook models fetch` once) or off"),
    plain("DAYBOOK_MODELS_DIR", "", "folder of the models; default: models in the data folder"),
    plain(
        "DAYBOOK_EMBEDDING_THREADS",
        "1",
        "threads that give vectors in the background, 1 to 64; questions have their own",
    ),
    plain("DAYBOOK_WORKER_SLOTS", "3", "jobs at once, 1 to 64"),
    plain("DAYBOOK_LEASE_SECONDS", "15", "how long a job stays with a worker that shows no life, 1 to 3600"),
    plain("HTTPS_PROXY", "", "a proxy for requests to vendors, http://HOST:PORT"),
    plain(
        "DAYBOOK_LOG",
        "info",
        "what is logged: error, warn, info, debug, or per target as in `info,daybook_sources=debug`",
    ),
    plain("DAYBOOK_LOG_FORMAT", "", "text or json; default: json in production, text otherwise"),
    plain(
        "DAYBOOK_CONFIG",
        "",
        "the settings file; default: daybook.toml in the current folder, if there is one",
    ),
];

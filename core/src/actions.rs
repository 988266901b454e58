//! Verbs: one thing that Daybook does, a file each. `ls` is the feature list.

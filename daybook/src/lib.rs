//! The door: settings, assembly, commands.

//! Stories of the switch alone: keys and requests in, views and events out.

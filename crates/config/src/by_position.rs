//! A small map from positions to values.

/// Values at some positions, in their order; for a few entries, without spare capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByPosition<T>(Vec<(u32, T)>);

impl<T> Default for ByPosition<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByPosition<T> {
    fn find(&self, position: u32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&position, |(position, _)| *position)
    }

    /// The value at a position.
    pub fn get(&self, position: u32) -> Option<&T> {
        self.find(position).ok().and_then(|index| self.0.get(index)).map(|(_, value)| value)
    }

    /// Puts something at a position, in the place of what was there.
    pub fn insert(&mut self, position: u32, value: T) {
        match self.find(position) {
            Ok(index) => {
                if let Some(entry) = self.0.get_mut(index) {
                    entry.1 = value;
                }
            }
            Err(index) => {
                self.0.reserve_exact(1);
                self.0.insert(index, (position, value));
            }
        }
    }

    /// Removes the value at a position.
    pub fn remove(&mut self, position: u32) {
        self.0.retain(|(other, _)| *other != position);
    }

    /// Takes away everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Is the map empty?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The positions.
    pub fn keys(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|(position, _)| *position)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }
}

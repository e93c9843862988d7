// The first file of this stage replaces this one.

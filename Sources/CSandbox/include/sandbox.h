void halite_placeholder(void);

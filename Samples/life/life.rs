// Rust with its standard library: Conway's Game of Life on an unbounded plane, cells in a hash set, generations compared by iterators.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

type Cell = (i32, i32);

#[derive(Clone, PartialEq, Eq)]
struct Plane(HashSet<Cell>);

impl Plane {
    fn parse(picture: &str) -> Plane {
        let cells = picture.lines().enumerate().flat_map(|(y, line)| {
            line.char_indices().filter(|(_, mark)| *mark == '#').map(move |(x, _)| (x as i32, y as i32))
        });
        Plane(cells.collect())
    }

    fn next(&self) -> Plane {
        let mut neighbours: HashMap<Cell, u32> = HashMap::new();
        for (x, y) in &self.0 {
            for (dx, dy) in (0..9).map(|i| (i % 3 - 1, i / 3 - 1)).filter(|step| *step != (0, 0)) {
                *neighbours.entry((x + dx, y + dy)).or_insert(0) += 1;
            }
        }
        let lives = |(cell, count): (Cell, u32)| (count == 3 || count == 2 && self.0.contains(&cell)).then(|| cell);
        Plane(neighbours.into_iter().filter_map(lives).collect())
    }
}

impl fmt::Display for Plane {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let mut rows: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        for (x, y) in &self.0 {
            rows.entry(*y).or_default().push(*x);
        }
        let left = self.0.iter().map(|cell| cell.0).min().unwrap_or(0);
        for columns in rows.values_mut() {
            columns.sort_unstable();
            let mut line = String::new();
            for x in columns.iter() {
                let column = (x - left) as usize;
                line.extend(std::iter::repeat('.').take(column - line.len()));
                line.push('#');
            }
            writeln!(formatter, "{}", line)?;
        }
        Ok(())
    }
}

fn main() {
    let mut acorn = Plane::parse(".#\n...#\n##..###\n");
    for generation in 0..=200 {
        if generation % 50 == 0 {
            println!("generation {}: {} cells", generation, acorn.0.len());
        }
        acorn = acorn.next();
    }
    let mut glider = Plane::parse(".#\n..#\n###\n");
    for _ in 0..4 {
        glider = glider.next();
    }
    print!("{}", glider);
    let refused = "12x".parse::<u32>().map_err(|error| error.to_string());
    println!("{:?} {:.3}", refused, (2.0f64).sqrt());
}

//! How a name looks: names that people could take for one another look the same.
//! Not whether a name may be had; several members may look alike, and are then told apart by their hashes.

/// What a nick looks like at a glance: in one case, without spaces and lines between words, and with one letter for all
/// that have its shape, whatever alphabet they are from. For what is stored already it must never give anything else.
pub fn look(nick: &str) -> String {
    let seen = nick.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '.' | '\''));
    seen.map(shape).flat_map(char::to_lowercase).map(shape).collect()
}

/// The letter or digit that stands for all of this shape.
const fn shape(c: char) -> char {
    match c {
        '0' | 'О' | 'о' | 'Ο' | 'ο' | 'Օ' | 'օ' => 'o',
        '1' | '|' | 'I' | 'i' | 'l' | 'І' | 'і' | 'Ι' | 'ι' | 'Ӏ' | 'ӏ' => 'l',
        'А' | 'а' | 'Α' | 'α' => 'a',
        'В' | 'Β' => 'b',
        'С' | 'с' | 'Ϲ' | 'ϲ' => 'c',
        'Е' | 'е' | 'Ε' => 'e',
        'Н' | 'Η' => 'h',
        'Ј' | 'ј' | 'Ϳ' => 'j',
        'К' | 'к' | 'Κ' | 'κ' => 'k',
        'М' | 'Μ' => 'm',
        'Ν' => 'n',
        'Р' | 'р' | 'Ρ' | 'ρ' => 'p',
        'Ѕ' | 'ѕ' => 's',
        'Т' | 'Τ' => 't',
        'ν' => 'v',
        'Х' | 'х' | 'Χ' | 'χ' => 'x',
        'У' | 'у' | 'Υ' | 'ү' => 'y',
        'Ζ' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_can_be_taken_for_one_another_look_alike() {
        for (one, other) in [
            ("Anna B", "anna_b"),
            ("Paul", "PAUL"),
            ("Paul", "Pau1"),
            ("Ivo", "lvo"),
            ("Otto", "0tt0"),
            // All Cyrillic, and all Greek.
            ("Coco", "Сосо"),
            ("POPE", "РОРЕ"),
            ("TINA", "ΤΙΝΑ"),
        ] {
            assert_eq!(look(one), look(other), "{one} {other}");
        }
        for (one, other) in [("Anna", "Ann"), ("Bob", "Rob"), ("Вера", "Вова"), ("Änne", "Anne")] {
            assert_ne!(look(one), look(other), "{one} {other}");
        }
    }
}

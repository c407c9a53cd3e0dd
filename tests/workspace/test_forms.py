"""Definitions of languages that are read by form: whose they are, where they end, and what is no definition."""

from __future__ import annotations

import pytest

from codemaestro_jupyter.workspace.symbols import symbols


def told(path: str, text: str) -> list[tuple[str, str, int, int]]:
    """(qualified name, kind, first line, last line)."""
    return [(item.qualified, item.kind, item.line, item.end_line) for item in symbols(path, text)]


def test_a_go_method_belongs_to_its_receiver() -> None:
    text = """\
package gin

// Chain is a list.
type Chain []Handler

/* type Old struct
func Older() {
*/
func (c *Context) JSON(code int) {
	c.Render(code)
}

// Push adds.
func (s *Stack[T]) Push(x T) (
	n int,
) {
}

func (plain) Name() string { return "" }

func New() *Engine {
	if x {
	}
}
"""
    assert told("a.go", text) == [
        ("Chain", "class", 4, 4),
        ("Context.JSON", "method", 9, 11),
        ("Stack.Push", "method", 14, 17),
        ("plain.Name", "method", 19, 19),
        ("New", "function", 21, 24),
    ]


def test_a_rust_method_belongs_to_the_type_that_is_implemented_for() -> None:
    text = """\
//! A trait
pub struct Set<T> {
    a: T,
}

impl<'a, T: Into<Vec<u8>>> fmt::Display for &'a Set<T> {
    /// Shows.
    fn fmt(&self) -> Result
    where
        T: Copy,
    {
        Ok(())
    }
}

impl Set<u8> {
    pub const fn new(
        a: u8,
    ) -> Self
    where
        u8: Copy,
    {
        Set { a }
    }
}

fn free() {}

#[cfg(test)]
mod tests {
    #[test]
    fn works() {
        let impl_x = 1;
    }
}
"""
    assert told("a.rs", text) == [
        ("Set", "class", 2, 4),
        ("Set.fmt", "method", 8, 13),
        ("Set.new", "method", 17, 24),
        ("free", "function", 27, 27),
        ("works", "function", 32, 34),
    ]


def test_c_says_where_a_thing_is_defined_not_where_it_is_spoken_of() -> None:
    text = """\
#ifndef X_H
#define X_H
#define X_ERR -1
#define X_MAX(a, b) \\
    ((a) > (b))
struct timeval;
typedef struct reply {
    struct reply **element;
    union { int a; } u;
} reply;
typedef struct {
    int x;
} point;
typedef int (handler)(void *p);
typedef unsigned long size;
struct reply *get(struct timeval tv);
static int
set(int a) {
#ifdef Y
    return 1;
#endif
out:
    return 2;
}

/* Speaks.
struct no {
*/
void Reader::read(int a)
{
    struct timeval t = {0};
}
#endif
"""
    assert told("a.c", text) == [
        ("X_ERR", "constant", 3, 3),
        ("X_MAX", "function", 4, 5),
        ("reply", "class", 7, 10),
        ("point", "class", 13, 13),
        ("handler", "class", 14, 14),
        ("size", "class", 15, 15),
        ("set", "function", 18, 24),
        ("Reader.read", "method", 29, 32),
    ]


def test_julia_has_short_functions_and_names_with_dots_and_marks() -> None:
    text = '''\
"""
    size(m)
function no(x)
end
"""
size(m; deep=false) = 1
struct P{T}
    a::T
end
function Base.show(io, p::P)
    print(io)
end
@inline function train!(m) where {T}
end
const X = 3
if a == 1
    b(c) == 2
end
'''
    assert told("a.jl", text) == [
        ("size", "function", 6, 6),
        ("P", "class", 7, 9),
        ("Base.show", "function", 10, 12),
        ("train!", "function", 13, 14),
        ("X", "constant", 15, 15),
    ]


def test_what_comes_between_two_definitions_is_in_neither() -> None:
    text = """\
function outer() {
  const helper = (a) => {
    return `
text`;
  };
  function inner() {
  }
}

/**
 * class Spoken of
 */
describe('x', () => {
  it('y', () => {});
});

export class A extends B<C>
{
  get x(): number { return 1; }
}
"""
    assert told("a.ts", text) == [
        ("outer", "function", 1, 8),
        ("outer.inner", "function", 6, 7),
        ("A", "class", 17, 20),
        ("A.x", "method", 19, 19),
    ]


@pytest.mark.parametrize(
    ("path", "text", "end"),
    [
        ("a.r", "f <- function(x) {\n  x\n}\n\n#' Next.\ng <- 1\n", 3),
        ("a.rb", "def f\n  1\nrescue\n  2\nend\n\nputs 1\n", 5),
        ("a.sh", "f() {\n  a\n}\nf\n", 3),
        ("A.java", "class A {\n  int x;\n}\n// more\n", 3),
        ("a.js", "const f = function (\n  a\n) {\n  b\n}\n\nf()\n", 5),
        ("a.py", "class A:\n    x = 1\n\n# (\nprint((\n", 2),
    ],
)
def test_a_definition_ends_with_its_block(path: str, text: str, end: int) -> None:
    assert next(item.end_line for item in symbols(path, text)) == end

"""No modules import each other in a circle, not even inside a function or for a type."""

from graphlib import CycleError, TopologicalSorter

import grimp


def test_no_module_is_imported_by_what_it_imports():
    graph = grimp.build_graph("tojimari", cache_dir=None)
    imports = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(" <- ".join(error.args[1])) from None

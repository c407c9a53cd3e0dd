"""The words of answers to questions, in the languages that are understood best, without accents.

English first, then German, French, Spanish and Chinese. `ROUND_…` may stand around the words of a meaning.
"""

from __future__ import annotations

from codemaestro_jupyter.converse.offered import STOP


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# fmt: off
PLACES: dict[str, int] = {
    **dict.fromkeys(_words("1 a first one 1st erste erstes erster ersten premier "
                           "premiere primero primera 第一个 第一"), 0),
    **dict.fromkeys(_words("2 b second two 2nd zweite zweites zweiter zweiten deuxieme "
                           "seconde segundo segunda 第二个 第二"), 1),
    **dict.fromkeys(_words("3 c third three 3rd dritte drittes dritter dritten "
                           "troisieme tercero tercera 第三个 第三"), 2),
    **dict.fromkeys(_words("4 d fourth four 4th vierte viertes vierter vierten "
                           "quatrieme cuarto cuarta 第四个 第四"), 3),
    **dict.fromkeys(_words("last letzte letztes dernier derniere ultimo ultima 最后一个"), -1),
}
# fmt: on
ROUND_PLACES = _words(
    """
    the option number answer choice way one please take use choose pick want prefer would i d ll say go with
    think yes ok sure das die der den nimm le la el numero nummer bitte
    """
)
EVERY = _words(
    """
    all both everything everywhere whole entire alles beide beides uberall tout tous toutes deux partout todo
    todos todas ambos ambas 全部 都 所有 两个都
    """
)
ROUND_EVERY = STOP | _words(
    """
    them those these parts places project thing lot les los las von
    """
)
ANY = _words(
    """
    y yes yep yeah yup ok okay sure fine idk dunno know choose decide whatever whichever care any either idea
    preference skip default surprise pick best matter matters recommend recommended suggest suggested
    likeliest ja egal weiss oui importe si vale igual se 随便 都可以 不知道 好 是
    """
)
ROUND_ANY = STOP | _words(
    """
    don t dont do not no i you me your my guess what think for can peu da sais pas je nicht ich keine ahnung
    which up s doesn go ahead with
    """
)
NONE = _words(
    """
    n no nope neither none nothing other otherwise nein keins keine keines non aucun aucune ni ninguno ninguna
    都不
    """
)
ROUND_NONE = STOP | _words(
    """
    them those these not nor something else von del de
    """
)
YES = _words(
    """
    y yes yep yeah yup ok okay sure apply do go good great fine perfect lgtm ship write agreed absolutely ja
    jawohl gerne anwenden oui appliquer applique accord si vale aplicar aplica да 是 是的 好 好的 应用
    """
)
NO = _words(
    """
    n no nope nah not don t dont never yet later leave discard cancel stop wait skip neither none nothing
    forget abort reject decline drop quit nein nicht lass lassen abbrechen non pas annuler laisse laisser
    cancelar deja dejar нет 不 不要 不行 否 取消 算了
    """
)
ROUND_CONFIRM = STOP | _words(
    """
    ahead on looks look d now thanks thank you them everything as me us let s but sounds thing bitte merci
    gracias
    """
)
LIKE: dict[str, frozenset[str]] = {
    "existing": _words(
        """
        follow existing pattern like others rest same before now done usual consistent consistently
        convention style keep current bestehend bestehende bisher wie existant existante avant comme
        existente antes igual 现有 照旧
        """
    ),
    "new": _words(
        """
        new newly scratch own separate fresh another neu neue neues nouveau nouvelle nuevo nueva 新 新的 新文件
        """
    ),
    "small": _words(
        """
        small smallest smaller minimal minimum minimally simple simplest quick quickest tiny least little
        easy easiest fix change klein kleinste petit petite minime pequeno minimo simple 小 最小
        """
    ),
    "reshape": _words(
        """
        restructure restructuring refactor refactoring rewrite rework reorganize reorganise big bigger
        clean cleanly proper properly thorough thoroughly redesign umbauen restructurer reestructurar
        refactorizar 重构
        """
    ),
    "explain": _words(
        """
        what explain describe tell understand explanation erklare erklaren explique expliquer explica 解释
        """
    ),
    "change": _words(
        """
        change fix modify edit improve update extend adjust andern andere modifier cambiar modificar 修改 改
        """
    ),
    "find": _words(
        """
        find where used use uses usage usages references callers search wo ou donde
        """
    ),
    "history": _words(
        """
        history log changed changes commits commit git blame when who verlauf historique historial
        """
    ),
}
"""What people say for an answer, by its id."""
ENDS = frozenset(
    (
        "cancel", "cancel that", "cancel it", "never mind", "nevermind", "stop", "stop it", "abort",
        "forget it", "forget about it", "quit", "exit", "drop it", "abbrechen", "abbruch", "vergiss es",
        "annuler", "annule", "laisse tomber", "cancelar", "cancela", "olvidalo", "取消", "算了",
    )
)  # fmt: skip
"""What ends a request, said instead of an answer."""

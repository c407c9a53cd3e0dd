"""What a call costs in dollars; zero for a model on this machine, unknown where no price is published."""

from __future__ import annotations

from codemaestro_jupyter.models.protocol import ModelInfo, Usage

LM_STUDIO = "lmstudio"
"""Where a model of its own runs elsewhere (LM Link), that is a device of the same person: nothing is charged."""


def price(info: ModelInfo, usage: Usage) -> float | None:
    """Dollars of one call, cached tokens at their own price; None if there is no published price.

    Prices come from the package genai-prices (no request to the network), imported on first need: 0.3 s.
    """
    if info.local or info.provider == LM_STUDIO:
        return 0.0
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.prompt,
        cache_read_tokens=usage.cached,
        cache_write_tokens=usage.written,
        output_tokens=usage.completion,
    )
    try:
        found = genai_prices.calc_price(counted, model_ref=info.name, provider_api_url=info.base_url or None)
    except LookupError:
        try:
            found = genai_prices.calc_price(counted, model_ref=info.name)
        except LookupError:
            return None
    return float(found.total_price)

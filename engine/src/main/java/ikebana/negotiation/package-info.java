/// What two peers agree on: proposals, traffic selectors, and why they do not (`Refusal`).
@NullMarked
package ikebana.negotiation;

import org.jspecify.annotations.NullMarked;

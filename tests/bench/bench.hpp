// The sections of scripts/bench. Each prints its own table.
#pragma once

namespace enrichd::test {

void measure_shim();
void measure_hits();
void measure_misses();
void measure_growth();
void measure_waiting();
void measure_embedded();
void measure_judgement();
void measure_retro();
void measure_month();
void measure_lists();
void measure_files();
void measure_shared();
void measure_other_tailers();  // a part of it

}  // namespace enrichd::test

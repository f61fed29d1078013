// The verbs of the command line: each prints what it has to say and returns the exit code.
#pragma once

#include "app/arguments.hpp"

namespace enrichd {

inline constexpr int exit_usage = 2;
inline constexpr int exit_config = 78;  // EX_CONFIG of sysexits.h

namespace verbs {

int run(const Arguments& arguments);
int check(const Arguments& arguments);
int config_show(const Arguments& arguments);
int config_example(const Arguments& arguments);
int config_schema(const Arguments& arguments);
int reload(const Arguments& arguments);
int lookup(const Arguments& arguments);
int explain(const Arguments& arguments);
int replay(const Arguments& arguments);
int test(const Arguments& arguments);
int status(const Arguments& arguments);
int cache_stats(const Arguments& arguments);
int cache_get(const Arguments& arguments);
int cache_list(const Arguments& arguments);
int cache_flush(const Arguments& arguments);
int cache_dump(const Arguments& arguments);
int cache_load(const Arguments& arguments);
int queue(const Arguments& arguments);
int shared_status(const Arguments& arguments);
int provider_pause(const Arguments& arguments);
int provider_resume(const Arguments& arguments);
int provider_reset(const Arguments& arguments);
int top(const Arguments& arguments);
int log_level(const Arguments& arguments);
int lists(const Arguments& arguments);
int lists_test(const Arguments& arguments);
int lists_reload(const Arguments& arguments);
int lists_preset(const Arguments& arguments);
int allow_add(const Arguments& arguments);
int allow_remove(const Arguments& arguments);
int allow_list(const Arguments& arguments);
int allow_check(const Arguments& arguments);
int why(const Arguments& arguments);
int recent(const Arguments& arguments);
int console(const Arguments& arguments);
int tap(const Arguments& arguments);
int seen_import(const Arguments& arguments);
int seen_export(const Arguments& arguments);
int seen_count(const Arguments& arguments);
int seen_forget(const Arguments& arguments);
int support(const Arguments& arguments);
int wazuh_install(const Arguments& arguments);
int wazuh_uninstall(const Arguments& arguments);
int selftest(const Arguments& arguments);
int wazuh_doctor(const Arguments& arguments);
int version(const Arguments& arguments);

}  // namespace verbs
}  // namespace enrichd

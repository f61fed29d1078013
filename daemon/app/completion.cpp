// The completion scripts of shells, made from the command line's own description.
#include <CLI/CLI.hpp>

#include <functional>
#include <sstream>
#include <string>
#include <string_view>

#include "app/command_line.hpp"

namespace enrichd {
namespace {

/// What may stand in a place: words, files or directories.
std::string values_of(const CLI::Option& option) {
    const std::string name = option.get_name(true, true);
    if (name.find("--output") != std::string::npos) return "human json";
    if (name.find("--source") != std::string::npos) return "integration alerts archives";
    if (name == "SHELL") return "bash zsh fish";
    if (name == "LEVEL") return "debug info warning error";
    if (name.find("--home") != std::string::npos) return "@directory";
    if (name.find("FILE") != std::string::npos || name.find("--config") != std::string::npos) return "@file";
    return "";
}

std::string flags_of(const CLI::App& app) {
    std::string out;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) out += " --" + name;
        for (const std::string& name : option->get_snames()) out += " -" + name;
    }
    return out.empty() ? out : out.substr(1);
}

std::string positional_of(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options())
        if (option->get_positional()) return values_of(*option);
    return "";
}

/// Calls `see` for the program and each verb under it, with the words that lead there.
void walk(const CLI::App& app, const std::string& path,
          const std::function<void(const CLI::App&, const std::string&)>& see) {
    see(app, path);
    for (const CLI::App* verb : app.get_subcommands({}))
        walk(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), see);
}

/// The tables that the scripts of bash and zsh look into, by the words so far.
std::string tables(const CLI::App& root, const char* declare) {
    std::ostringstream verbs;
    std::ostringstream flags;
    std::ostringstream values;
    walk(root, "", [&](const CLI::App& app, const std::string& path) {
        std::string names;
        for (const CLI::App* verb : app.get_subcommands({}))
            names += (names.empty() ? "" : " ") + verb->get_name();
        const std::string key = "[\"" + path + ".\"]";
        if (!names.empty()) verbs << "    " << key << "=\"" << names << "\"\n";
        flags << "    " << key << "=\"" << flags_of(app) << "\"\n";
        if (const std::string value = positional_of(app); !value.empty())
            values << "    " << key << "=\"" << value << "\"\n";
    });
    return std::string(declare) + " _enrichd_verbs=(\n" + verbs.str() + ")\n" + declare +
           " _enrichd_flags=(\n" + flags.str() + ")\n" + declare + " _enrichd_values=(\n" + values.str() +
           ")\n";
}

constexpr const char* bash_function = R"(_enrichd() {
    local cur=$2 prev=$3 path= word values
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ " ${_enrichd_verbs[$path.]-} " == *" $word "* ]] && path="${path:+$path }$word"
    done
    case $prev in
        -c | --config) values=@file ;;
        -o | --output) values="human json" ;;
        --source) values="integration alerts archives" ;;
        --home) values=@directory ;;
        *) values=${_enrichd_verbs[$path.]-}
           [ -n "$values" ] || values=${_enrichd_values[$path.]-} ;;
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${_enrichd_flags[$path.]-}" -- "$cur")
    elif [ "$values" = @file ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    elif [ "$values" = @directory ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
    fi
}
complete -F _enrichd enrichd
)";

constexpr const char* zsh_function = R"(_enrichd() {
    local path_= word values previous=$words[CURRENT-1]
    for word in "${(@)words[2,CURRENT-1]}"; do
        [[ " $_enrichd_verbs[$path_.] " == *" $word "* ]] && path_="${path_:+$path_ }$word"
    done
    case $previous in
        -c|--config) values=@file ;;
        -o|--output) values="human json" ;;
        --source) values="integration alerts archives" ;;
        --home) values=@directory ;;
        *) values=$_enrichd_verbs[$path_.]
           [[ -n $values ]] || values=$_enrichd_values[$path_.] ;;
    esac
    if [[ $PREFIX == -* ]]; then
        compadd -- ${=_enrichd_flags[$path_.]}
    elif [[ $values == @file ]]; then
        _files
    elif [[ $values == @directory ]]; then
        _files -/
    else
        compadd -- ${=values}
    fi
}
if [ "$funcstack[1]" = _enrichd ]; then _enrichd "$@"; else compdef _enrichd enrichd; fi
)";

constexpr const char* fish_function = R"(function __enrichd_at
    set -l at ""
    for word in (commandline -opc)[2..-1]
        set -l longer (string trim -- "$at $word")
        contains -- "$longer" $__enrichd_verbs; and set at $longer
    end
    test "$at" = "$argv[1]"
end
complete -c enrichd -f
)";

std::string fish_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

/// The arguments of `complete` for what may stand in a place.
std::string fish_values(const std::string& values) {
    if (values == "@file") return " -F";
    if (values == "@directory") return " -a '(__fish_complete_directories)'";
    return values.empty() ? "" : " -a " + fish_quoted(values);
}

std::string fish_option(const CLI::Option& option) {
    std::string out;
    for (const std::string& name : option.get_lnames()) out += " -l " + name;
    for (const std::string& name : option.get_snames()) out += " -s " + name;
    if (option.get_items_expected_max() > 0) {
        const std::string values = values_of(option);
        out += (values == "@file" ? " -r" : " -x") + fish_values(values);
    }
    return out + " -d " + fish_quoted(option.get_description());
}

std::string fish_script(const CLI::App& root) {
    std::string verbs;
    std::string rules;
    walk(root, "", [&](const CLI::App& app, const std::string& path) {
        if (!path.empty()) verbs += " " + fish_quoted(path);
        const std::string here = "complete -c enrichd -n " + fish_quoted("__enrichd_at " + fish_quoted(path));
        for (const CLI::App* verb : app.get_subcommands({}))
            rules += here + " -a " + fish_quoted(verb->get_name()) + " -d " +
                     fish_quoted(verb->get_description()) + "\n";
        for (const CLI::Option* option : app.get_options())
            if (!option->get_positional()) rules += here + fish_option(*option) + "\n";
        if (const std::string values = positional_of(app); !values.empty())
            rules += here + fish_values(values) + "\n";
    });
    return "set -g __enrichd_verbs" + verbs + "\n" + fish_function + rules;
}

}  // namespace

std::string completion(const CLI::App& app, const std::string& shell) {
    if (shell == "zsh") return "#compdef enrichd\n" + tables(app, "typeset -gA") + zsh_function;
    if (shell == "fish") return "# fish completion for enrichd\n" + fish_script(app);
    return "# bash completion for enrichd\n" + tables(app, "declare -gA") + bash_function;
}

}  // namespace enrichd

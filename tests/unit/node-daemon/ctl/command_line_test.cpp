// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/command_line.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/unit/node-daemon/ctl/golden.hpp"

namespace redoubt::ctl {
namespace {

using Words = std::vector<std::string>;

Invocation parsed(const Words& words) {
    auto result = parse_command_line(words);
    if (!result) {
        ADD_FAILURE() << result.error().message;
        return {};
    }
    if (!std::holds_alternative<Invocation>(*result)) {
        ADD_FAILURE() << "help instead of a verb";
        return {};
    }
    return std::get<Invocation>(*result);
}

template <class Options>
Options options_of(const Words& words) {
    const Invocation invocation = parsed(words);
    const auto* options = std::get_if<Options>(&invocation.verb);
    EXPECT_NE(options, nullptr);
    return options == nullptr ? Options() : *options;
}

std::string error_of(const Words& words) {
    const auto result = parse_command_line(words);
    return result ? "no error" : result.error().message;
}

std::string help_of(const Words& words) {
    const auto result = parse_command_line(words);
    if (!result || !std::holds_alternative<HelpText>(*result)) return "no help";
    return std::get<HelpText>(*result).text;
}

TEST(CommandLine, TrustHasABrokerAndAnAction) {
    const auto set = options_of<TrustOptions>(
        {"trust", "resource", "set", "--kbs", "https://x", "--tenant", "acme", "-f", "v", "a/b/c"});
    EXPECT_EQ(set.connection.kbs, "https://x");
    EXPECT_EQ(set.connection.tenant, "acme");
    EXPECT_EQ(std::get<ResourceSetOptions>(set.action).name, "a/b/c");
    const auto add = std::get<ReferenceValueAddOptions>(
        options_of<TrustOptions>({"trust", "reference-value", "add", "mr_td", "00", "ff"}).action);
    EXPECT_EQ(add.values, (Words{"00", "ff"}));
    EXPECT_FALSE(
        std::get<TenantAnchorOptions>(
            options_of<TrustOptions>({"trust", "tenant", "anchor", "disable", "acme", "vlek"}).action)
            .enable);
    EXPECT_TRUE(parsed({"trust", "tenant", "ls", "--json"}).json);
    EXPECT_NE(error_of({"trust", "policy", "set", "other", "f"}).find("other"), std::string::npos);
    EXPECT_NE(error_of({"trust", "tenant", "anchor", "enable", "acme", "sample"}).find("sample"),
              std::string::npos);
}

TEST(CommandLine, PodsAndManifestsTakePodmansFlags) {
    const auto create = std::get<PodCreateOptions>(options_of<PodVerb>(
        {"pod", "create", "--name", "web", "-p", "80:80", "--network", "a", "--network", "b"}));
    EXPECT_EQ(create.name, "web");
    EXPECT_EQ(create.networks, (Words{"a", "b"}));
    EXPECT_EQ(
        std::get<PodStopOptions>(options_of<PodVerb>({"pod", "stop", "-t", "3", "web"})).timeout_seconds, 3U);
    EXPECT_EQ(std::get<PodLogsOptions>(options_of<PodVerb>({"pod", "logs", "-c", "main", "web"})).container,
              "main");
    EXPECT_EQ(options_of<RunOptions>({"run", "--pod", "web", "image"}).pod, "web");
    const auto apply = options_of<ApplyOptions>({"apply", "-f", "a.yaml", "-f", "-", "--start=false"});
    EXPECT_EQ(apply.files, (Words{"a.yaml", "-"}));
    EXPECT_FALSE(apply.start);
    EXPECT_EQ(options_of<DownOptions>({"down", "web", "db"}).pods, (Words{"web", "db"}));
    EXPECT_EQ(error_of({"apply"}), "--filename is required; see 'redoubtctl apply --help'");
    EXPECT_TRUE(std::get<NetworkCreateOptions>(options_of<NetworkVerb>({"network", "create", "--internal"}))
                    .is_internal);
}

TEST(CommandLine, RunTakesPodmansFlags) {
    const auto run = options_of<RunOptions>({"run",    "-it",          "--rm",        "--name",
                                             "web",    "-e",           "A=1",         "-e",
                                             "B",      "--env=C=3",    "-m",          "512m",
                                             "--cpus", "1.5",          "-w",          "/srv",
                                             "-u",     "1000:1000",    "--read-only", "-h",
                                             "host",   "-l",           "a=b",         "--label",
                                             "c",      "--annotation", "x=y",         "--stop-signal",
                                             "INT",    "--pull=never", "busybox",     "sh",
                                             "-c",     "echo hi"});
    EXPECT_TRUE(run.stream.interactive);
    EXPECT_TRUE(run.stream.terminal);
    EXPECT_TRUE(run.remove);
    EXPECT_TRUE(run.read_only);
    EXPECT_FALSE(run.detach);
    EXPECT_EQ(run.name, "web");
    EXPECT_EQ(run.environment, (Words{"A=1", "B", "C=3"}));
    EXPECT_EQ(run.memory, "512m");
    EXPECT_EQ(run.cpus, 1.5);
    EXPECT_EQ(run.working_directory, "/srv");
    EXPECT_EQ(run.user, "1000:1000");
    EXPECT_EQ(run.hostname, "host");
    EXPECT_EQ(run.labels, (Words{"a=b", "c"}));
    EXPECT_EQ(run.annotations, (Words{"x=y"}));
    EXPECT_EQ(run.stop_signal, "INT");
    EXPECT_EQ(run.pull, "never");
    EXPECT_EQ(run.image, "busybox");
    EXPECT_EQ(run.command, (Words{"sh", "-c", "echo hi"}));
}

TEST(CommandLine, FlagsBehindTheImageBelongToTheCommand) {
    const auto run =
        options_of<RunOptions>({"run", "--rm", "busybox", "ls", "-l", "--help", "--rm", "--", "-x"});
    EXPECT_EQ(run.image, "busybox");
    EXPECT_EQ(run.command, (Words{"ls", "-l", "--help", "--rm", "--", "-x"}));
    const auto plain = options_of<RunOptions>({"run", "--", "busybox", "-x"});
    EXPECT_EQ(plain.image, "busybox");
    EXPECT_EQ(plain.command, (Words{"-x"}));
    // Words that are verbs of ours are words of the container's here.
    EXPECT_EQ(options_of<RunOptions>({"run", "busybox", "ps", "image", "ls"}).command,
              (Words{"ps", "image", "ls"}));
    EXPECT_EQ(options_of<RunOptions>({"run", "ps", "ps"}).image, "ps");
}

TEST(CommandLine, FlagsMayBeJoinedWithEachOtherAndTheirValues) {
    const auto run =
        options_of<RunOptions>({"run", "-ite", "A=1", "-eB=2", "-m512m", "--name=web", "busybox", "-it"});
    EXPECT_TRUE(run.stream.interactive && run.stream.terminal);
    EXPECT_EQ(run.environment, (Words{"A=1", "B=2"}));
    EXPECT_EQ(run.memory, "512m");
    EXPECT_EQ(run.name, "web");
    EXPECT_EQ(run.image, "busybox");
    EXPECT_EQ(run.command, (Words{"-it"}));
    EXPECT_EQ(options_of<RunOptions>({"-H", "run", "run", "run", "run"}).command, (Words{"run"}));
    EXPECT_EQ(options_of<RunOptions>({"run", "busybox", "env", "--x="}).command, (Words{"env", "--x="}));
}

TEST(CommandLine, AnEmptyEntrypointIsNotAMissingOne) {
    EXPECT_EQ(options_of<RunOptions>({"run", "busybox"}).entrypoint, std::nullopt);
    EXPECT_EQ(options_of<RunOptions>({"run", "--entrypoint", "", "busybox"}).entrypoint, "");
    EXPECT_EQ(options_of<RunOptions>({"run", "--entrypoint=", "busybox"}).entrypoint, "");
    EXPECT_EQ(options_of<RunOptions>({"run", "--entrypoint", "/bin/sh", "busybox"}).entrypoint, "/bin/sh");
}

TEST(CommandLine, EmptyWordsReachTheContainer) {
    EXPECT_EQ(options_of<RunOptions>({"run", "busybox", "printf", "", "x"}).command,
              (Words{"printf", "", "x"}));
    EXPECT_EQ(options_of<RunOptions>({"run", "-e", "A=", "busybox"}).environment, (Words{"A="}));
}

TEST(CommandLine, BooleanFlagsTakeAValue) {
    EXPECT_TRUE(options_of<ImagePullOptions>({"image", "pull", "busybox"}).registry.verify_tls);
    EXPECT_FALSE(
        options_of<ImagePullOptions>({"image", "pull", "--tls-verify=false", "busybox"}).registry.verify_tls);
    EXPECT_TRUE(
        options_of<ImagePullOptions>({"image", "pull", "--tls-verify", "busybox"}).registry.verify_tls);
    EXPECT_TRUE(options_of<RunOptions>({"run", "busybox"}).proxy_signals);
    EXPECT_FALSE(options_of<RunOptions>({"run", "--sig-proxy=false", "busybox"}).proxy_signals);
    EXPECT_FALSE(options_of<AttachOptions>({"attach", "web"}).no_stdin);
    EXPECT_TRUE(options_of<AttachOptions>({"attach", "--no-stdin", "web"}).no_stdin);
    EXPECT_FALSE(options_of<EventsOptions>({"events", "--stream=false"}).follow);
}

TEST(CommandLine, LoginTakesPodmansFlags) {
    const auto login =
        options_of<LoginOptions>({"login", "-u", "user", "--password-stdin", "--authfile", "/a",
                                  "--tls-verify=false", "--cert-dir", "/c", "a.test:5000"});
    EXPECT_EQ(login.username, "user");
    EXPECT_TRUE(login.password_stdin);
    EXPECT_EQ(login.auth_file, "/a");
    EXPECT_FALSE(login.verify_tls);
    EXPECT_EQ(login.registry, "a.test:5000");
    EXPECT_TRUE(options_of<LoginOptions>({"login", "--get-login", "a.test"}).get_login);
    EXPECT_EQ(options_of<LogoutOptions>({"logout", "a.test"}).registry, "a.test");
    EXPECT_TRUE(options_of<LogoutOptions>({"logout", "--all"}).all);
    EXPECT_EQ(
        options_of<ImagePullOptions>({"image", "pull", "--authfile", "/a", "busybox"}).registry.auth_file,
        "/a");
    EXPECT_FALSE(error_of({"login", "-p", "x", "--password-stdin", "a.test"}).empty());
}

TEST(CommandLine, ExecNeedsAContainerAndACommand) {
    const auto exec =
        options_of<ExecOptions>({"exec", "-it", "-e", "A=1", "-u", "root", "-w", "/", "web", "sh", "-i"});
    EXPECT_TRUE(exec.stream.interactive && exec.stream.terminal);
    EXPECT_EQ(exec.container, "web");
    EXPECT_EQ(exec.command, (Words{"sh", "-i"}));
    EXPECT_EQ(error_of({"exec", "web"}),
              "a container and a command are needed; see 'redoubtctl exec --help'");
}

TEST(CommandLine, OtherVerbsTakeTheirFlags) {
    const auto ps =
        options_of<PsOptions>({"ps", "-aq", "--no-trunc", "--filter", "name=x", "-f", "status=running"});
    EXPECT_TRUE(ps.all && ps.is_quiet && ps.no_trunc);
    EXPECT_EQ(ps.filters, (Words{"name=x", "status=running"}));
    const auto logs = options_of<LogsOptions>({"logs", "-f", "--tail", "5", "--since", "10m", "-t", "web"});
    EXPECT_TRUE(logs.follow && logs.timestamps);
    EXPECT_EQ(logs.tail, 5U);
    EXPECT_EQ(logs.since, "10m");
    EXPECT_EQ(logs.container, "web");
    EXPECT_EQ(options_of<LogsOptions>({"logs", "web"}).tail, std::nullopt);
    const auto stop = options_of<StopOptions>({"stop", "-t", "3", "a", "b"});
    EXPECT_EQ(stop.timeout_seconds, 3U);
    EXPECT_EQ(stop.containers, (Words{"a", "b"}));
    EXPECT_EQ(options_of<KillOptions>({"kill", "a"}).signal, "KILL");
    EXPECT_EQ(options_of<KillOptions>({"kill", "-s", "HUP", "a"}).signal, "HUP");
    EXPECT_TRUE(options_of<RmOptions>({"rm", "-f", "a"}).force);
    EXPECT_TRUE(options_of<RmOptions>({"rm", "-v", "a"}).volumes);
    EXPECT_EQ(options_of<InspectOptions>({"inspect", "a"}).containers, (Words{"a"}));
    EXPECT_EQ(options_of<WaitOptions>({"wait", "a"}).containers, (Words{"a"}));
    EXPECT_EQ(options_of<ImageImportOptions>({"image", "import", "x.tar", "name"}).name, "name");
    EXPECT_TRUE(options_of<ImageLsOptions>({"images", "-q"}).is_quiet);
    EXPECT_TRUE(options_of<ImageLsOptions>({"image", "ls", "--no-trunc"}).no_trunc);
    EXPECT_TRUE(options_of<ImageRmOptions>({"image", "rm", "-f", "x"}).force);
    EXPECT_EQ(options_of<ImageInspectOptions>({"image", "inspect", "x"}).images, (Words{"x"}));
    const auto encrypt =
        options_of<ImageEncryptOptions>({"image", "encrypt", "oci:a", "oci:b", "--key", "kbs:///a/b/c",
                                         "--key-file", "k", "--layer", "0", "--layer", "-1"});
    EXPECT_EQ(encrypt.source, "oci:a");
    EXPECT_EQ(encrypt.target, "oci:b");
    EXPECT_EQ(encrypt.layers, (std::vector<int>{0, -1}));
    EXPECT_EQ(encrypt.platform, "linux/amd64");
    options_of<NodeInfoOptions>({"node", "info"});
    EXPECT_FALSE(options_of<NodeDrainOptions>({"node", "drain"}).timeout_seconds);
    EXPECT_EQ(options_of<NodeDrainOptions>({"node", "drain", "-t", "3"}).timeout_seconds, 3U);
    options_of<NodeResumeOptions>({"node", "resume"});
    options_of<NodeCheckOptions>({"node", "check"});
    options_of<VersionOptions>({"version"});
}

TEST(CommandLine, AttestTakesWhatIsExpectedOfTheNode) {
    const auto node = std::get<AttestNodeOptions>(options_of<AttestVerb>(
        {"attest", "node", "--reference", "pcrs.json", "--pcr", "7=aa", "--pcr", "7=bb", "--guest-evidence",
         "guest.json", "--container", "c", "--broker", "--kbs", "https://kbs", "--allow-simulation"}));
    EXPECT_EQ(node.references, Words{"pcrs.json"});
    EXPECT_EQ(node.pcrs, (Words{"7=aa", "7=bb"}));
    EXPECT_EQ(node.container, "c");
    EXPECT_TRUE(node.ask_broker && node.allow_simulation);
    EXPECT_EQ(node.connection.kbs, "https://kbs");
    const auto enrol = std::get<AttestEnrolOptions>(
        options_of<AttestVerb>({"attest", "enrol", "--chip-id", "ab", "--authority", "ca.pem"}));
    EXPECT_EQ(enrol.chip_id, "ab");
    EXPECT_EQ(enrol.authorities, Words{"ca.pem"});
}

TEST(CommandLine, EvidenceVerifyTakesFilesAndExpectations) {
    const auto verify = options_of<EvidenceVerifyOptions>(
        {"evidence", "verify", "--tee", "snp", "--evidence", "report.bin", "--certs", "vcek.pem", "--certs",
         "roots", "--at", "2026-01-31", "--vmpl", "any", "--allow-vlek"});
    EXPECT_EQ(verify.tee, "snp");
    EXPECT_EQ(verify.kind, "evidence");
    EXPECT_EQ(verify.certs, (Words{"vcek.pem", "roots"}));
    EXPECT_EQ(verify.vmpl, "any");
    EXPECT_TRUE(verify.allow_vlek);
    EXPECT_FALSE(verify.allow_debug);
    EXPECT_EQ(error_of({"evidence", "verify", "--tee", "snp"}),
              "--evidence is required; see 'redoubtctl evidence verify --help'");
}

TEST(CommandLine, PolicyVerbsTakeFiles) {
    const auto generate = options_of<PolicyGenerateOptions>(
        {"policy", "generate", "pod.yaml", "--config-map", "maps.yaml", "--image-config", "a=a.json",
         "--image-config", "b=b.json", "--node", "redoubt", "--settings", "s.json", "--workload", "web",
         "--base64", "-o", "p.rego"});
    EXPECT_EQ(generate.manifests, Words{"pod.yaml"});
    EXPECT_EQ(generate.config_maps, Words{"maps.yaml"});
    EXPECT_EQ(generate.image_configs, (Words{"a=a.json", "b=b.json"}));
    EXPECT_EQ(generate.node, "redoubt");
    EXPECT_EQ(generate.settings, "s.json");
    EXPECT_EQ(generate.workload, "web");
    EXPECT_EQ(generate.output, "p.rego");
    EXPECT_TRUE(generate.base64);
    const auto test = options_of<PolicyTestOptions>({"policy", "test", "p.rego", "requests.json"});
    EXPECT_EQ(test.policy, "p.rego");
    EXPECT_EQ(test.requests, "requests.json");
}

TEST(CommandLine, ConfidentialVerbsTakeAManifestAndAMachine) {
    const auto measure =
        options_of<MeasureOptions>({"measure", "--processor", "tdx", "--firmware", "f.fd", "--kernel", "k",
                                    "--initrd", "i", "--default-cpus", "2", "pod.yaml"});
    EXPECT_EQ(measure.manifest, "pod.yaml");
    EXPECT_EQ(measure.machine.processor, "tdx");
    EXPECT_EQ(measure.machine.firmware, "f.fd");
    EXPECT_EQ(measure.machine.vcpus, 2U);
    EXPECT_EQ(options_of<MeasureOptions>({"measure"}).machine.processor, "sev-snp");
    const auto explain = options_of<ConfidentialExplainOptions>(
        {"confidential", "explain", "pod.yaml", "--image", "a=b", "--initdata", "i.toml", "--processor",
         "simulation", "--tsc-khz", "2000000"});
    EXPECT_EQ(explain.launch.manifest, "pod.yaml");
    EXPECT_EQ(explain.launch.initdata, "i.toml");
    EXPECT_EQ(explain.launch.machine.tsc_khz, 2000000U);
    EXPECT_EQ(explain.images, std::vector<std::string>{"a=b"});
}

TEST(CommandLine, InitdataVerbsTakeFiles) {
    const auto build = options_of<InitdataBuildOptions>(
        {"initdata", "build", "--policy", "p.rego", "--broker", "https://b:1", "--broker-cert", "b.pem",
         "--cdh", "cdh.toml", "--algorithm", "sha512", "--annotation", "-o", "i.toml"});
    EXPECT_EQ(build.policy, "p.rego");
    EXPECT_EQ(build.broker, "https://b:1");
    EXPECT_EQ(build.broker_cert, "b.pem");
    EXPECT_EQ(build.cdh, "cdh.toml");
    EXPECT_EQ(build.algorithm, "sha512");
    EXPECT_TRUE(build.annotation);
    EXPECT_EQ(build.output, "i.toml");
    EXPECT_EQ(options_of<InitdataBuildOptions>({"initdata", "build"}).algorithm, "sha384");
    EXPECT_EQ(options_of<InitdataShowOptions>({"initdata", "show", "i.toml"}).source, "i.toml");
    EXPECT_EQ(options_of<RunOptions>({"run", "--runtime", "confidential", "--initdata", "i.toml", "busybox"})
                  .initdata,
              "i.toml");
}

TEST(CommandLine, GlobalFlagsStandBeforeOrBehindTheVerb) {
    ::unsetenv("REDOUBT_HOST");
    EXPECT_EQ(parsed({"ps"}).host, "unix:///run/redoubt/redoubtd.sock");
    EXPECT_EQ(parsed({"-H", "unix:///a", "ps"}).host, "unix:///a");
    EXPECT_EQ(parsed({"ps", "--host", "unix:///a"}).host, "unix:///a");
    EXPECT_FALSE(parsed({"ps"}).json);
    EXPECT_TRUE(parsed({"--json", "ps"}).json);
    EXPECT_TRUE(parsed({"ps", "--json"}).json);
    EXPECT_TRUE(parsed({"image", "ls", "--json"}).json);
    ::setenv("REDOUBT_HOST", "unix:///b", 1);
    EXPECT_EQ(parsed({"ps"}).host, "unix:///b");
    EXPECT_EQ(parsed({"-H", "unix:///a", "ps"}).host, "unix:///a");
    ::unsetenv("REDOUBT_HOST");
}

TEST(CommandLine, TellsItsVersionAsOthersDo) {
    const auto parsed = parse_command_line({"--version"});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(std::get<HelpText>(*parsed).text, "redoubtctl version " REDOUBT_VERSION "\n");
}

TEST(CommandLine, SaysWhatIsWrongAndWhereHelpIs) {
    EXPECT_EQ(error_of({"rnu"}), "unknown command: rnu, did you mean 'run'?; see 'redoubtctl --help'");
    EXPECT_EQ(error_of({"image", "pul"}),
              "unknown command: pul, did you mean 'pull'?; see 'redoubtctl image --help'");
    EXPECT_EQ(error_of({"--bogus"}), "unknown flag: --bogus; see 'redoubtctl --help'");
    EXPECT_EQ(error_of({"run", "--bogus", "busybox"}), "unknown flag: --bogus; see 'redoubtctl run --help'");
    EXPECT_EQ(error_of({"ps", "--bogus"}), "unknown flag: --bogus; see 'redoubtctl ps --help'");
    EXPECT_EQ(error_of({"ps", "extra"}), "unexpected argument: extra; see 'redoubtctl ps --help'");
    EXPECT_EQ(error_of({"run"}), "an image is needed; see 'redoubtctl run --help'");
    EXPECT_EQ(error_of({"stop"}), "CONTAINER is required; see 'redoubtctl stop --help'");
    EXPECT_EQ(error_of({"stop", "-t", "x", "a"}),
              "could not convert: --time = x; see 'redoubtctl stop --help'");
    EXPECT_EQ(error_of({"run", "--pull=sometimes", "busybox"}),
              "--pull: sometimes not in {missing,never,always}; see 'redoubtctl run --help'");
    EXPECT_EQ(error_of({"run", "--name"}), "--name: 1 required NAME missing; see 'redoubtctl run --help'");
}

TEST(CommandLine, HelpOfEveryVerbIsAsWritten) {
    expect_golden("help.txt", help_of({"--help"}));
    EXPECT_EQ(help_of({}), help_of({"--help"}));
    for (const auto* verb : {"run", "exec", "attach", "ps", "logs", "stop", "kill", "rm", "inspect", "wait",
                             "events", "image", "images", "node", "version", "volume"}) {
        expect_golden(std::string("help-") + verb + ".txt", help_of({verb, "--help"}));
    }
    for (const auto* verb : {"pull", "import", "ls", "rm", "inspect", "encrypt", "sign", "verify"}) {
        expect_golden(std::string("help-image-") + verb + ".txt", help_of({"image", verb, "--help"}));
    }
    for (const auto* verb : {"create", "ls", "inspect", "rm", "prune", "exists", "resize"}) {
        expect_golden(std::string("help-volume-") + verb + ".txt", help_of({"volume", verb, "--help"}));
    }
    for (const auto* verb : {"info", "check", "pairing", "audit", "client"}) {
        expect_golden(std::string("help-node-") + verb + ".txt", help_of({"node", verb, "--help"}));
    }
    for (const auto* verb : {"create", "ps", "inspect", "start", "stop", "kill", "rm", "logs", "top"}) {
        expect_golden(std::string("help-pod-") + verb + ".txt", help_of({"pod", verb, "--help"}));
    }
    for (const auto* verb : {"create", "ls", "inspect", "rm", "prune", "exists"}) {
        expect_golden(std::string("help-network-") + verb + ".txt", help_of({"network", verb, "--help"}));
    }
    for (const auto* verb : {"apply", "down", "pod", "network", "login", "logout", "pair", "profile"}) {
        expect_golden(std::string("help-") + verb + ".txt", help_of({verb, "--help"}));
    }
    expect_golden("help-evidence.txt", help_of({"evidence", "--help"}));
    expect_golden("help-attest.txt", help_of({"attest", "--help"}));
    expect_golden("help-attest-node.txt", help_of({"attest", "node", "--help"}));
    expect_golden("help-attest-enrol.txt", help_of({"attest", "enrol", "--help"}));
    expect_golden("help-policy.txt", help_of({"policy", "--help"}));
    expect_golden("help-initdata.txt", help_of({"initdata", "--help"}));
    expect_golden("help-initdata-build.txt", help_of({"initdata", "build", "--help"}));
    expect_golden("help-trust.txt", help_of({"trust", "--help"}));
    const std::vector<Words> trust_verbs{{"resource", "set"},     {"resource", "rm"},
                                         {"policy", "set"},       {"reference-value", "add"},
                                         {"tenant", "create"},    {"tenant", "anchor", "enable"},
                                         {"approval", "approve"}, {"audit", "show"},
                                         {"audit", "verify"},     {"collateral", "import"}};
    for (const auto& verb : trust_verbs) {
        Words words{"trust"};
        std::string name = "help-trust";
        for (const auto& word : verb) {
            words.push_back(word);
            name += "-" + word;
        }
        words.emplace_back("--help");
        expect_golden(name + ".txt", help_of(words));
    }
}

template <class Options>
Options access_of(const Words& words) {
    return std::get<Options>(options_of<AccessVerb>(words));
}
template <class Options>
Options profile_of(const Words& words) {
    return std::get<Options>(options_of<ProfileVerb>(words));
}

TEST(CommandLine, VerbsOfAccess) {
    access_of<NodeIdentityOptions>({"node", "identity"});
    EXPECT_TRUE(access_of<NodePairingOptions>({"node", "pairing", "--open"}).open);
    EXPECT_TRUE(access_of<NodePairingOptions>({"node", "pairing", "--close"}).close);
    EXPECT_NE(error_of({"node", "pairing", "--close", "--open"}), "no error");
    const auto add =
        access_of<ClientAddOptions>({"node", "client", "add", "--role", "admin", "--name", "a", "f"});
    EXPECT_EQ(add.role, "admin");
    EXPECT_EQ(add.name, "a");
    EXPECT_EQ(add.file, "f");
    EXPECT_EQ(access_of<ClientAddOptions>({"node", "client", "add", "f"}).role, "viewer") << "the lesser one";
    EXPECT_NE(error_of({"node", "client", "add", "--role", "root", "f"}), "no error");
    EXPECT_EQ(access_of<ClientRmOptions>({"node", "client", "rm", "-f", "a", "b"}).clients,
              (Words{"a", "b"}));
    const auto audit =
        access_of<NodeAuditOptions>({"node", "audit", "--from", "7", "--limit", "2", "--verify"});
    EXPECT_EQ(audit.from, 7U);
    EXPECT_EQ(audit.limit, 2U);
    EXPECT_TRUE(audit.verify);
    const auto fetch =
        access_of<RecoveryKeyFetchOptions>({"node", "recovery-key", "fetch", "-o", "f", "--keep"});
    EXPECT_EQ(fetch.file, "f");
    EXPECT_TRUE(fetch.keep);
    EXPECT_FALSE(access_of<RecoveryKeyFetchOptions>({"node", "recovery-key", "fetch"}).keep);
}

TEST(CommandLine, VerbsOfProfiles) {
    const auto pair =
        profile_of<PairOptions>({"pair", "box", "--fingerprint", "f", "--profile", "p", "--name", "n"});
    EXPECT_EQ(pair.address, "box");
    EXPECT_EQ(pair.fingerprint, "f");
    EXPECT_EQ(pair.profile, "p");
    EXPECT_EQ(pair.client, "n");
    const auto add =
        profile_of<ProfileAddOptions>({"profile", "add", "--fingerprint", "f", "box", "192.0.2.1"});
    EXPECT_EQ(add.name, "box");
    EXPECT_EQ(add.address, "192.0.2.1");
    EXPECT_NE(error_of({"profile", "add", "box", "192.0.2.1"}), "no error") << "a node is its fingerprint";
    EXPECT_TRUE(profile_of<ProfileLsOptions>({"profile", "ls", "-q"}).is_quiet);
    EXPECT_EQ(profile_of<ProfileRmOptions>({"profile", "rm", "a"}).profiles, (Words{"a"}));
    profile_of<ProfileCertificateOptions>({"profile", "certificate"});
}

TEST(CommandLine, CreateIsRunWithoutRunning) {
    const auto create =
        options_of<CreateOptions>({"create", "--name", "web", "-it", "busybox", "sh", "--name", "x"});
    EXPECT_EQ(create.run.name, "web");
    EXPECT_TRUE(create.run.stream.terminal);
    EXPECT_EQ(create.run.image, "busybox");
    EXPECT_EQ(create.run.command, (Words{"sh", "--name", "x"}));
    EXPECT_NE(error_of({"create", "-d", "busybox"}).find("unknown flag: -d"), std::string::npos);
}

TEST(CommandLine, StartTakesManyOrAttachesToOne) {
    EXPECT_EQ(options_of<StartOptions>({"start", "a", "b"}).containers, (Words{"a", "b"}));
    EXPECT_TRUE(options_of<StartOptions>({"start", "-a", "web"}).attach);
    EXPECT_TRUE(options_of<StartOptions>({"start", "--all"}).all);
    EXPECT_NE(error_of({"start", "-a", "a", "b"}).find("--attach takes one container"), std::string::npos);
    EXPECT_NE(error_of({"start"}).find("a container is needed"), std::string::npos);
}

TEST(CommandLine, VerbsThatChangeContainers) {
    const auto restart = options_of<RestartOptions>({"restart", "-t", "3", "web"});
    EXPECT_EQ(restart.timeout_seconds, 3U);
    EXPECT_TRUE(options_of<PauseOptions>({"pause", "--all"}).all);
    EXPECT_NE(error_of({"unpause"}).find("a container is needed"), std::string::npos);
    EXPECT_EQ(options_of<RenameOptions>({"rename", "a", "b"}).name, "b");
    const auto update = options_of<UpdateOptions>({"update", "-m", "64m", "--cpus", "0.5", "web"});
    EXPECT_EQ(update.memory, "64m");
    EXPECT_EQ(update.cpus, 0.5);
    EXPECT_NE(error_of({"update", "web"}).find("--memory or --cpus is needed"), std::string::npos);
}

TEST(CommandLine, VerbsThatLookAndCopy) {
    EXPECT_EQ(options_of<TopOptions>({"top", "web", "pid,user", "args"}).columns,
              (Words{"pid", "user", "args"}));
    const auto stats = options_of<StatsOptions>({"stats", "--no-stream", "-i", "0.5", "web"});
    EXPECT_TRUE(stats.once);
    EXPECT_EQ(stats.interval_seconds, 0.5);
    EXPECT_NE(error_of({"stats", "-i", "0"}).find("--interval must be"), std::string::npos);
    const auto copy = options_of<CopyOptions>({"cp", "--archive=false", "-", "web:/tmp"});
    EXPECT_FALSE(copy.own_by_target);
    EXPECT_EQ(copy.source, "-");
    EXPECT_EQ(copy.target, "web:/tmp");
}

TEST(CommandLine, VerbsThatCleanAndGenerate) {
    EXPECT_EQ(options_of<ContainerPruneOptions>({"container", "prune", "-f", "--filter", "until=1h"}).filters,
              Words{"until=1h"});
    EXPECT_TRUE(options_of<ImagePruneOptions>({"image", "prune", "-a"}).all);
    EXPECT_TRUE(options_of<SystemPruneOptions>({"system", "prune", "--force"}).force);
    EXPECT_TRUE(options_of<SystemDfOptions>({"system", "df", "-v"}).verbose);
    const auto unit =
        options_of<GenerateSystemdOptions>({"generate", "systemd", "--new", "-n", "-t", "5", "web"});
    EXPECT_TRUE(unit.is_new);
    EXPECT_EQ(unit.stop_seconds, 5U);
    EXPECT_NE(error_of({"generate", "systemd", "--restart-policy", "sometimes", "web"}), "no error");
    EXPECT_EQ(options_of<CompletionOptions>({"completion", "zsh"}).shell, "zsh");
    EXPECT_EQ(options_of<CompleteOptions>({"__complete", "--", "stop", "--ti"}).words,
              (Words{"stop", "--ti"}));
    EXPECT_EQ(options_of<CompleteOptions>({"__complete", "--", "stop", ""}).words, (Words{"stop", ""}));
}

} // namespace
} // namespace redoubt::ctl

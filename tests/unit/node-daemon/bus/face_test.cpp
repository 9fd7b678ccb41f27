// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/bus/face.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <future>
#include <optional>
#include <thread>
#include <tuple>

#include "tests/support/node_fixture.hpp"
#include "tests/unit/node-daemon/bus/bus_under_test.hpp"

namespace redoubt::node::bus {
namespace {

using namespace std::chrono_literals;
using sandbox::ContainerState;

constexpr auto k_root = "/org/redoubt/Node1";
constexpr auto k_manager = "org.redoubt.Node1.Manager";
constexpr auto k_container = "org.redoubt.Node1.Container";
constexpr auto k_job = "org.redoubt.Node1.Job";

class BusFace : public testing_support::NodeTest {
  protected:
    void SetUp() override {
        if (!PrivateBus::is_installed())
            GTEST_SKIP() << "dbus-daemon is not in the root: package dbus-daemon";
        NodeTest::SetUp();
        bus_.emplace();
        auto face = run(Face::start(context.get_executor(), node(), {.address = bus_->address()}));
        ASSERT_TRUE(face) << face.error().message;
        face_ = std::move(*face);
    }
    void TearDown() override {
        if (face_) {
            auto stopping = [](Face& face) -> Task<void> {
                co_await face.stop();
                co_return Status{};
            };
            EXPECT_TRUE(run(stopping(*face_)));
        }
        face_.reset();
        if (bus_) NodeTest::TearDown();
    }

    /// Runs `work` with a client on a thread of its own, while the node's strand runs here.
    template <class Work>
    auto as_client(Work work, void (*before)() = nullptr) {
        auto result = std::async(std::launch::async, [&, address = bus_->address()] {
            if (before != nullptr) before();
            Client client(address);
            return work(client);
        });
        run_until([&] { return result.wait_for(0s) == std::future_status::ready; });
        return result.get();
    }
    std::string path_of(const ContainerId& id) {
        return as_client([&](Client& client) {
            auto reply = client.call(k_root, k_manager, "FindContainer", "s", id.str().c_str());
            return reply ? read_string(reply->get(), "o") : reply.error().message;
        });
    }
    /// Ends a start that hangs.
    void kill_vm_of(const ContainerId& id) {
        run_until([&] { return hypervisor.alive() == 1; });
        hypervisor.only_guest().die("test");
        run_until([&] { return !sandbox::is_active(container(id)); });
    }
    void expect_golden(const std::string& path, const std::string& file) {
        const auto xml = as_client([&](Client& client) {
            auto reply = client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect", "");
            return reply ? read_string(reply->get()) : reply.error().message;
        });
        const char* source = std::getenv("REDOUBT_SOURCE");
        ASSERT_NE(source, nullptr) << "run through ctest, or set REDOUBT_SOURCE to the tree";
        const auto golden = std::string(source) + "/tests/golden/node-daemon/bus/" + file;
        if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
            ASSERT_TRUE(write_file(golden, xml));
            return;
        }
        EXPECT_EQ(xml, read_file(golden).value_or("")) << "REDOUBT_UPDATE_GOLDEN=1 writes it anew";
    }

    std::optional<PrivateBus> bus_;
    std::unique_ptr<Face> face_;
};

/// State and message of the job that the call begins, once it has ended.
std::pair<std::string, std::string> end_of_job(Client& client, Result<Message> reply) {
    if (!reply) return {"refused", reply.error().message};
    const auto path = read_string(reply->get(), "o");
    while (true) {
        const auto removed = client.next_signal("JobRemoved");
        std::uint32_t id = 0;
        const char* job = nullptr;
        const char* state = nullptr;
        const char* message = nullptr;
        if (::sd_bus_message_read(removed.get(), "uoss", &id, &job, &state, &message) < 0) return {"?", ""};
        if (path == job) return {state, message};
    }
}

TEST_F(BusFace, HasTheInterfacesThatWereAgreedOn) {
    expect_golden(k_root, "manager.xml");
    expect_golden(path_of(create()), "container.xml");
    faults.hanging = {"connect"};
    const auto id = create();
    const auto container = path_of(id);
    const auto job = as_client([&](Client& client) {
        return read_string(client.call(container, k_container, "Start", "a{sv}", 0)->get(), "o");
    });
    expect_golden(job, "job.xml");
    kill_vm_of(id);
}

TEST_F(BusFace, ListsContainersWithTheirProperties) {
    sandbox::ContainerSpec spec;
    spec.name = "web";
    const auto id = create(std::move(spec));
    const auto path = path_of(id);
    const auto [objects, name, state] = as_client([&](Client& client) {
        auto reply = client.call(k_root, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "");
        char* text = nullptr;
        std::size_t size = 0;
        std::unique_ptr<FILE, int (*)(FILE*)> out(::open_memstream(&text, &size), ::fclose);
        ::sd_bus_message_dump(reply->get(), out.get(), 0);
        out.reset();
        std::string dump(text, size);
        ::free(text); // NOLINT: open_memstream(3)
        return std::tuple(dump, client.property(path, k_container, "Name").value_or("?"),
                          client.property(path, k_container, "State").value_or("?"));
    });
    EXPECT_NE(objects.find(path), std::string::npos) << objects;
    EXPECT_EQ(name, "web");
    EXPECT_EQ(state, "created");
}

TEST_F(BusFace, SaysWhenContainersComeAndGo) {
    auto events = std::async(std::launch::async, [address = bus_->address()] {
        Client client(address);
        client.listen();
        client.call(k_root, "org.freedesktop.DBus.Peer", "Ping", "");
        const auto added = client.next_signal("InterfacesAdded");
        const auto removed = client.next_signal("InterfacesRemoved");
        return std::pair(read_string(added.get(), "o"), read_string(removed.get(), "o"));
    });
    // The listener may come after the first container; one of them it will see.
    std::vector<std::string> paths;
    run_until([&] {
        const auto id = create();
        paths.push_back(path_of(id));
        EXPECT_TRUE(run(sandbox::remove_container(node(), id.str(), sandbox::RemoveMode::only_stopped)));
        return events.wait_for(50ms) == std::future_status::ready;
    });
    const auto [added, removed] = events.get();
    EXPECT_NE(std::ranges::find(paths, added), paths.end()) << added;
    EXPECT_NE(std::ranges::find(paths, removed), paths.end()) << removed;
}

TEST_F(BusFace, StartsAndStopsByJobs) {
    const auto id = create();
    const auto path = path_of(id);
    const auto started = as_client([&](Client& client) {
        client.listen();
        return end_of_job(client, client.call(path, k_container, "Start", "a{sv}", 0));
    });
    EXPECT_EQ(started.first, "done") << started.second;
    EXPECT_EQ(container(id).state, ContainerState::running);
    const auto again = as_client([&](Client& client) {
        client.listen();
        return end_of_job(client, client.call(path, k_container, "Start", "a{sv}", 0));
    });
    EXPECT_EQ(again.first, "failed");
    EXPECT_NE(again.second.find("is already running"), std::string::npos) << again.second;
    const auto stopped = as_client([&](Client& client) {
        client.listen();
        return end_of_job(client, client.call(path, k_container, "Stop", "ua{sv}", 0, 0));
    });
    EXPECT_EQ(stopped.first, "done") << stopped.second;
    EXPECT_EQ(container(id).state, ContainerState::exited);
}

TEST_F(BusFace, DrainsTheNodeAndResumesIt) {
    const auto id = create();
    ASSERT_TRUE(run(sandbox::start_container(node(), id.str())));
    const auto drained = as_client([&](Client& client) {
        client.listen();
        return end_of_job(client, client.call(k_root, k_manager, "Drain", "ua{sv}", 1, 0));
    });
    EXPECT_EQ(drained.first, "done") << drained.second;
    EXPECT_EQ(container(id).state, ContainerState::exited);
    EXPECT_FALSE(run(sandbox::start_container(node(), id.str())));
    EXPECT_TRUE(as_client(
        [](Client& client) { return client.call(k_root, k_manager, "Resume", "a{sv}", 0).has_value(); }));
    EXPECT_TRUE(run(sandbox::start_container(node(), id.str())));
}

TEST_F(BusFace, CancelsWhatCanBeCancelledAndSaysWhatCannot) {
    const auto id = create();
    const auto path = path_of(id);
    faults.hanging = {"connect"};
    const auto refused = as_client([&](Client& client) {
        const auto job = read_string(client.call(path, k_container, "Start", "a{sv}", 0)->get(), "o");
        return client.call(job, k_job, "Cancel", "").error();
    });
    EXPECT_EQ(refused, (Error{Code::failed_precondition, "a job of kind start-container runs to its end"}));
    kill_vm_of(id);
}

TEST_F(BusFace, GivesErrorsTheirNames) {
    const auto [unknown, option, object] = as_client([&](Client& client) {
        return std::tuple(
            client.call(k_root, k_manager, "FindContainer", "s", "nobody").error(),
            client.call(k_root, k_manager, "Resume", "a{sv}", 1, "force", "b", 1).error(),
            client.property("/org/redoubt/Node1/container/none", k_container, "Name").has_value());
    });
    EXPECT_EQ(unknown, (Error{Code::not_found, "no container 'nobody'"}));
    EXPECT_EQ(option, (Error{Code::invalid_argument, "option 'force' is not known"}));
    EXPECT_FALSE(object);
}

/// polkit, which says yes to the actions it was told to.
int answer_as_polkit(sd_bus_message* message, void* userdata, sd_bus_error* /*error*/) {
    const char* action = nullptr;
    ::sd_bus_message_skip(message, "(sa{sv})");
    ::sd_bus_message_read(message, "s", &action);
    const bool is_allowed = *static_cast<std::string*>(userdata) == action;
    return ::sd_bus_reply_method_return(message, "(bba{ss})", is_allowed ? 1 : 0, 0, 0);
}

constexpr std::array k_polkit = std::to_array<sd_bus_vtable>({
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", answer_as_polkit,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
});

/// polkit on the bus, on a thread, as long as it lives.
class FakePolkit {
  public:
    FakePolkit(const std::string& address, std::string allowed)
        : allowed_(std::move(allowed)), client_(address) {
        ::sd_bus_add_object_vtable(client_.get(), nullptr, "/org/freedesktop/PolicyKit1/Authority",
                                   "org.freedesktop.PolicyKit1.Authority", k_polkit.data(), &allowed_);
        EXPECT_GE(::sd_bus_request_name(client_.get(), "org.freedesktop.PolicyKit1", 0), 0);
        thread_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                if (::sd_bus_process(client_.get(), nullptr) == 0) ::sd_bus_wait(client_.get(), 10000);
            }
        });
    }

  private:
    std::string allowed_;
    Client client_;
    std::jthread thread_;
};

TEST_F(BusFace, AsksPolkitAboutEveryoneButRoot) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    const auto resume = [](Client& client) { return client.call(k_root, k_manager, "Resume", "a{sv}", 0); };
    const auto pull = [](Client& client) {
        return client.call(k_root, k_manager, "PullImage", "sa{sv}", "localhost:1/none", 0);
    };
    const auto without = as_client(resume, become_nobody);
    ASSERT_FALSE(without) << "nobody to ask is a refusal";
    EXPECT_EQ(without.error().code, Code::permission_denied);
    const FakePolkit polkit(bus_->address(), "org.redoubt.node1.manage-node");
    EXPECT_TRUE(as_client(resume, become_nobody)) << "polkit said yes";
    const auto refused = as_client(pull, become_nobody);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(),
              (Error{Code::permission_denied, "org.redoubt.node1.manage-images: not authorised"}));
    EXPECT_TRUE(as_client(resume)) << "root needs no polkit";
}

TEST_F(BusFace, OneDaemonAloneHasTheName) {
    auto second = run(Face::start(context.get_executor(), node(), {.address = bus_->address()}));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::already_exists);
}

TEST_F(BusFace, SaysThatThereIsNoBus) {
    auto face = run(Face::start(context.get_executor(), node(), {.address = "unix:path=/nonexistent"}));
    ASSERT_FALSE(face);
    EXPECT_NE(face.error().message.find("/nonexistent"), std::string::npos) << face.error().message;
}

TEST_F(BusFace, OutlivesTheBus) {
    bus_->end();
    const auto id = create();
    EXPECT_TRUE(run(sandbox::start_container(node(), id.str())));
}

} // namespace
} // namespace redoubt::node::bus

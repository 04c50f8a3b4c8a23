package org.apache.kafka.common.test.junit;

import java.util.List;
import org.apache.kafka.common.test.api.ClusterConfig;
import org.apache.kafka.common.test.api.Type;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import samsa.integration.ExternalCluster;
import samsa.integration.Nodes;
import samsa.integration.RunClass;

/** Takes the place of Apache's class of this name, earlier on the class path: each @ClusterTest gets brokers in processes of their own. */
public class RaftClusterInvocationContext implements TestTemplateInvocationContext {
    private final ClusterConfig config;
    private final boolean isCombined;

    public RaftClusterInvocationContext(String baseDisplayName, ClusterConfig config, boolean isCombined) {
        this.config = config;
        this.isCombined = isCombined;
    }

    @Override
    public String getDisplayName(int index) {
        String tags = String.join(",", config.tags());
        // Twins come in any order; both have the number of the first.
        int number = config.clusterTypes().size() == 2 && index % 2 == 0 ? index - 1 : index;
        String brokers = config.numBrokers() + (config.numBrokers() == 1 ? "broker" : "brokers");
        return "#" + number + ":" + (tags.isEmpty() ? "" : tags + ",") + brokers;
    }

    /** Of two equal clusters one is enough. */
    private boolean isTwin() {
        return isCombined && config.clusterTypes().contains(Type.KRAFT);
    }

    /** The original, too, starts a cluster before each test, and stops it before the test's own @AfterEach. */
    @Override
    public List<Extension> getAdditionalExtensions() {
        ExternalCluster cluster = new ExternalCluster(config, isCombined ? Type.CO_KRAFT : Type.KRAFT);
        ExecutionCondition once = context -> isTwin() || Nodes.areSeveral() && config.numBrokers() == 1
            ? ConditionEvaluationResult.disabled(RunClass.ELSEWHERE) : ConditionEvaluationResult.enabled("");
        BeforeEachCallback before = context -> {
            if (config.isAutoStart()) cluster.start();
        };
        AfterTestExecutionCallback after = context -> cluster.stop();
        AfterEachCallback always = context -> cluster.stop();
        return List.of(always, once, before, after, new ClusterInstanceParameterResolver(cluster));
    }
}

// The activations that ops know.

export type ActivationFunction = 'relu' | 'relu6' | 'sigmoid' | 'tanh';
